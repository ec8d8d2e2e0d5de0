// SPDX-License-Identifier: GPL-2.0-or-later
/* Sums up what threads ran between two readings by process. */
#include "collect/neighbours.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "collect/procfs/cgroup_facts.h"
#include "lib/clock.h"
#include "lib/vec.h"

#define KEPT_MOST 65536 /* threads: then all is forgotten, and begun again */
#define TOLD_MOST 16 /* processes of a window */
#define LABELLED_MOST 5 /* whose unit is looked up, one file each */
#define LEAST_NS 1000000ULL /* of a window: less delays no thread */

struct neighbour_thread {
	uint64_t run_ns, children_ns;
};

struct neighbour_process {
	struct record_neighbour told; /* cpu_ns: of the windows in which it was among the first */
	uint64_t window_ns; /* of its threads, in the window that closes */
	uint64_t children_ns; /* of children that it waited for then, with what they used before */
};

static uint64_t key_of(uint32_t number, uint64_t start_ns)
{
	return index_hash(&start_ns, sizeof(start_ns), number + 1);
}

/* NULL: out of memory. */
static struct neighbour_process *process_of(struct neighbours *neighbours,
					    const struct neighbour_sample *sample)
{
	uint64_t key = key_of(sample->tgid, sample->tgid ? sample->process_start_ns : 0);
	size_t at = index_find(&neighbours->by_process, key);
	struct neighbour_process *process;

	if (at != INDEX_NONE)
		return &neighbours->processes[at];
	at = neighbours->process_count;
	if (vec_reserve((void **)&neighbours->processes, &neighbours->process_capacity, at,
			sizeof(*process)) ||
	    index_add(&neighbours->by_process, key, at))
		return NULL;
	neighbours->process_count++;
	process = &neighbours->processes[at];
	*process = (struct neighbour_process){
		.told = { .process_start_ns = sample->tgid ? sample->process_start_ns : 0,
			  .pid = sample->tgid },
	};
	return process;
}

/* The thread as it was read before, made with `first` when it was not; NULL: out of memory. */
static struct neighbour_thread *thread_of(struct neighbours *neighbours,
					  const struct neighbour_sample *sample,
					  const struct neighbour_thread *first)
{
	uint64_t key = key_of(sample->tid, sample->start_ns);
	size_t at = index_find(&neighbours->by_thread, key);

	if (at != INDEX_NONE)
		return &neighbours->threads[at];
	at = neighbours->thread_count;
	if (vec_reserve((void **)&neighbours->threads, &neighbours->thread_capacity, at,
			sizeof(*neighbours->threads)) ||
	    index_add(&neighbours->by_thread, key, at))
		return NULL;
	neighbours->threads[at] = *first;
	neighbours->thread_count++;
	return &neighbours->threads[at];
}

static uint64_t grown(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

static int on_thread(void *arg, const void *row)
{
	struct neighbours *neighbours = arg;
	struct neighbour_thread now, nothing = { 0 }, *before;
	struct neighbour_process *process;
	struct neighbour_sample sample;

	memcpy(&sample, row, sizeof(sample));
	now = (struct neighbour_thread){ sample.run_ns, sample.children_ns };
	/* one that is met for the first time later on began since, and has run all of it in between */
	before = thread_of(neighbours, &sample, neighbours->opened ? &nothing : &now);
	process = before ? process_of(neighbours, &sample) : NULL;
	if (!process)
		return -ENOMEM;
	process->window_ns += grown(now.run_ns, before->run_ns);
	process->children_ns += grown(now.children_ns, before->children_ns);
	memcpy(process->told.comm, sample.comm, sizeof(process->told.comm) - 1);
	*before = now;
	return 0;
}

static int compare_processes(const void *a, const void *b)
{
	const struct neighbour_process *const *one = a, *const *other = b;

	return ((*one)->window_ns < (*other)->window_ns) -
	       ((*one)->window_ns > (*other)->window_ns);
}

/*
 * Children count whole when they are waited for, also with what they used before the window. More than
 * the CPUs gave in the window is of before for sure, and how much of it is not known: none is counted.
 * In sum they cannot have had more than the threads that were read left of the CPUs' time.
 */
static void add_children(struct neighbours *neighbours, uint64_t capacity_ns)
{
	double threads = 0, children = 0, share;
	size_t i;

	for (i = 0; i < neighbours->process_count; i++) {
		if (neighbours->processes[i].children_ns > capacity_ns)
			neighbours->processes[i].children_ns = 0;
		threads += (double)neighbours->processes[i].window_ns;
		children += (double)neighbours->processes[i].children_ns;
	}
	share = (double)capacity_ns > threads ? (double)capacity_ns - threads : 0;
	share = children > share ? share / children : 1;
	for (i = 0; i < neighbours->process_count; i++) {
		neighbours->processes[i].window_ns +=
			(uint64_t)(share * (double)neighbours->processes[i].children_ns);
		neighbours->processes[i].children_ns = 0;
	}
}

static void label(struct record_neighbour *neighbour)
{
	struct record_label label;

	cgroup_identity((pid_t)neighbour->pid, &label);
	snprintf(neighbour->label, sizeof(neighbour->label), "%s",
		 label.container[0] ? label.container : label.unit);
}

/* Queues those with the most, and forgets what the window had. */
static int tell(struct neighbours *neighbours, uint64_t capacity_ns, struct record_queue *queue)
{
	size_t count = neighbours->process_count, i;
	struct neighbour_process **sorted = calloc(count + 1, sizeof(struct neighbour_process *));
	struct record record = { .kind = RECORD_NEIGHBOUR };
	int error = sorted ? 0 : -ENOMEM;

	add_children(neighbours, capacity_ns);
	for (i = 0; i < count && sorted; i++)
		sorted[i] = &neighbours->processes[i];
	if (sorted)
		qsort(sorted, count, sizeof(struct neighbour_process *), compare_processes);
	for (i = 0; i < count && i < TOLD_MOST && !error; i++) {
		if (sorted[i]->window_ns < LEAST_NS)
			break;
		if (i < LABELLED_MOST && sorted[i]->told.pid)
			label(&sorted[i]->told);
		sorted[i]->told.cpu_ns += sorted[i]->window_ns;
		record.neighbour = sorted[i]->told;
		error = record_queue_put(queue, &record);
	}
	for (i = 0; i < count; i++)
		neighbours->processes[i].window_ns = 0;
	free(sorted);
	return error;
}

static void forget(struct neighbours *neighbours)
{
	neighbours->thread_count = neighbours->process_count = 0;
	index_clear(&neighbours->by_thread);
	index_clear(&neighbours->by_process);
	neighbours->opened = false;
}

int neighbours_read(struct neighbours *neighbours, struct bpf_session *session,
		    struct record_queue *queue)
{
	uint64_t now_ns = clock_ns(CLOCK_MONOTONIC);
	int error;

	if (neighbours->thread_count > KEPT_MOST)
		forget(neighbours);
	error = bpf_session_neighbours(session, !neighbours->opened, on_thread, neighbours);
	if (!error && neighbours->opened)
		error = tell(neighbours, (now_ns - neighbours->read_ns) * (uint64_t)get_nprocs(),
			     queue);
	neighbours->read_ns = now_ns;
	neighbours->opened = !error;
	return error;
}

void neighbours_free(struct neighbours *neighbours)
{
	free(neighbours->threads);
	free(neighbours->processes);
	index_free(&neighbours->by_thread);
	index_free(&neighbours->by_process);
	memset(neighbours, 0, sizeof(*neighbours));
}
