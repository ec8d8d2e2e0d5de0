// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Targets that come and go: finds new ones, and removes ended ones from all tables of the live
 * source and the kernel, so that the size of a watch depends on what is alive, not on its duration.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collect/source_live_parts.h"
#include "collect/waits/open_waits.h"

#define LOOK_EVERY_NS (2 * NS_PER_S)
#define LOOK_LATEST_NS (10 * NS_PER_S)
#define LOOK_SHARE 500 /* the scan takes at most one part in this many of a CPU */
#define LISTENERS_EVERY_NS (600 * NS_PER_S)

/* ---- new targets ----------------------------------------------------------------------------- */
bool live_may_come(const struct source_live *live)
{
	return live->config.endless &&
	       (live->config.all || live->spec.name_count || live->spec.cgroup_count);
}

static int on_process_of(void *arg, const struct thread_sample *sample,
			 const struct wait_histogram *waits, const struct loop_sample *loop)
{
	struct source_live *live = arg;

	(void)waits;
	(void)loop;
	return process_table_seen(&live->processes, sample, clock_ns(CLOCK_MONOTONIC));
}

void live_read_processes(struct source_live *live)
{
	process_table_begin(&live->processes, live->last_ns);
	bpf_session_read_threads(live->session, on_process_of, live);
}

void live_look(struct source_live *live, uint64_t now)
{
	struct target_list found;
	uint64_t begin, pause;
	int added;

	if (!live_may_come(live) || now < live->look_ns)
		return;
	live->look_ns = now + LOOK_EVERY_NS;
	begin = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	if (target_look(&live->spec, &found)) {
		live->reader_lost++;
		return;
	}
	added = bpf_session_add_targets(live->session, &found);
	target_list_free(&found);
	if (added < 0)
		live->reader_lost++;
	/* so that their interpreters are known soon, and not with the next snapshot */
	else if (added) {
		live_read_processes(live);
		live->reader_lost += open_waits_resolve(live->session, live->helper) < 0;
	}
	pause = (clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin) * LOOK_SHARE;
	if (pause > LOOK_EVERY_NS)
		live->look_ns = now + (pause < LOOK_LATEST_NS ? pause : LOOK_LATEST_NS);
}

/* ---- ended targets --------------------------------------------------------------------------- */
void live_mark(struct source_live *live, bool settled)
{
	uint64_t slept_ns = clock_ns(CLOCK_BOOTTIME) - clock_ns(CLOCK_MONOTONIC);

	process_table_mark(&live->processes, live->before_ns, settled ? live->last_ns : 0);
	live->over_boot_ns = live->before_ns ? live->before_ns + slept_ns : 0;
}

bool live_is_over(const struct source_live *live, uint32_t pid, uint64_t process_start_ns)
{
	return process_table_over(&live->processes, pid, process_start_ns, live->over_boot_ns);
}

/* A namespace is asked by one of the processes in it. */
static void renew_listeners(struct source_live *live)
{
	size_t count = live->processes.count, i;
	pid_t *pids = calloc(count + 1, sizeof(*pids));

	for (i = 0; i < count && pids; i++)
		pids[i] = (pid_t)live->processes.processes[i].pid;
	if (pids)
		bpf_session_renew_listeners(live->session, pids, count);
	free(pids);
}

int live_forget(struct source_live *live)
{
	const struct process_table *processes = &live->processes;
	int error;
	size_t i;

	for (i = 0; i < processes->count; i++)
		if (processes->marks[i].over)
			stack_reader_forget(&live->stacks, processes->processes[i].pid,
					    processes->processes[i].start_ns);
	interpreters_forget(&live->interpreters, processes, live->session);
	error = lock_places_forget(&live->lock_places, live->before_ns);
	if (!error)
		error = places_forget(&live->places, live->before_ns);
	if (!error)
		error = loops_forget(&live->loops, live->before_ns);
	if (!error)
		error = thread_numbers_forget(&live->numbers, processes);
	if (!error)
		error = process_table_forget(&live->processes);
	file_systems_renew(&live->file_systems, live->last_ns);
	/* the first time a while after the start: what existed then is known */
	if (!live->listeners_ns)
		live->listeners_ns = live->last_ns + LISTENERS_EVERY_NS;
	if (live->last_ns >= live->listeners_ns) {
		live->listeners_ns = live->last_ns + LISTENERS_EVERY_NS;
		renew_listeners(live);
	}
	return error;
}
