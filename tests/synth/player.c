// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a plan: processes of threads, each with operations done once and then in a cycle. Every
 * thread writes a log of its own time: a record for each stretch, with the state that the operation
 * is in by construction and what of the stretch was computing and waiting for a CPU by the kernel's
 * clocks of this thread. The logs are the truth that boundby is held against.
 *
 *     player PLAN DIRECTORY        logs go to DIRECTORY/PROCESS.THREAD
 *
 * A plan's lines: "process", "thread NAME", "cycle", "OPERATION NUMBER...". Times are microseconds.
 */
#include "player.h"

static int operation_number(const char *name)
{
	int i;

	for (i = 1; i < NR_OPERATIONS; i++)
		if (!strcmp(operations[i].name, name))
			return i;
	return -1;
}

/* Gives back 0, or -1 for a line that is none. */
static int plan_line(struct plan *plan, char *line)
{
	char *rest, *word = strtok_r(line, " \n", &rest);
	struct plan_thread *thread = &plan->threads[plan->count - 1];
	struct plan_operation *operation;
	int i;

	if (!word)
		return 0;
	if (!strcmp(word, "process"))
		return plan->processes++ < PLAN_THREADS ? 0 : -1;
	if (!strcmp(word, "thread")) {
		word = strtok_r(NULL, " \n", &rest);
		if (!word || plan->count == PLAN_THREADS)
			return -1;
		thread = &plan->threads[plan->count++];
		thread->process = plan->processes - 1;
		snprintf(thread->name, sizeof(thread->name), "%s", word);
		return 0;
	}
	if (!plan->count)
		return -1;
	if (!strcmp(word, "cycle")) {
		thread->cycle = thread->count;
		return 0;
	}
	if (thread->count == PLAN_OPERATIONS)
		return -1;
	operation = &thread->operations[thread->count++];
	operation->number = operation_number(word);
	for (i = 0; i < PLAN_NUMBERS && (word = strtok_r(NULL, " \n", &rest)); i++)
		operation->a[i] = strtol(word, NULL, 10);
	return operation->number;
}

static void plan_read(const char *path, struct plan *ret)
{
	FILE *file = fopen(path, "re");
	char line[200];
	int number = 0;

	if (!file)
		die(path);
	while (fgets(line, sizeof(line), file)) {
		number++;
		if (plan_line(ret, line) < 0) {
			fprintf(stderr, "player: %s:%d is no line of a plan\n", path, number);
			exit(2);
		}
	}
	fclose(file);
}

static struct plan plan;

static void *play(void *argument)
{
	const struct plan_thread *thread = argument;
	int i;

	jitter_seed = (uint64_t)(thread - plan.threads) + 1;
	log_open((int)(thread - plan.threads), thread->name);
	for (i = 0;; i = thread->cycle) {
		for (; i < thread->count; i++)
			operations[thread->operations[i].number].run(thread->operations[i].a);
		if (thread->cycle == thread->count)
			break;
	}
	return NULL;
}

/* The process's first thread is the main one. */
static void play_process(const char *directory, int process)
{
	struct plan_thread *first = NULL;
	int i;

	objects_begin();
	log_begin(directory, process);
	if (process)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0; i < plan.count; i++) {
		if (plan.threads[i].process != process)
			continue;
		if (first)
			start_thread(play, &plan.threads[i]);
		else
			first = &plan.threads[i];
	}
	if (!process)
		ready();
	play(first);
	sleep_to_end();
}

int main(int argc, char **argv)
{
	static char *forever[] = { "player", "0", NULL };
	int process;

	if (argc != 3) {
		fprintf(stderr, "usage: player PLAN DIRECTORY\n");
		return 2;
	}
	workload_begin(2, forever);
	plan_read(argv[1], &plan);
	for (process = 1; process < plan.processes; process++)
		if (!fork())
			play_process(argv[2], process);
	play_process(argv[2], 0);
	return 0;
}
