// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Identity is (number, start time): a number may be used again. Names of short-lived processes
 * come from the kernel's events, the rest from /proc while the process lives.
 */
#include "collect/process_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collect/proc_facts.h"
#include "lib/vec.h"

/* A child that has just ended is a zombie until its parent runs: only one that stays counts. */
#define ZOMBIE_PAUSE_NS 20000000L

static struct record_process *find(struct process_table *table, uint32_t pid, uint64_t start_ns)
{
	size_t i;

	/* newest last: what is looked for is mostly among them */
	for (i = table->count; i-- > 0;)
		if (table->processes[i].pid == pid && table->processes[i].start_ns == start_ns)
			return &table->processes[i];
	return NULL;
}

/* whole: also what costs more to find out, and need not be known of every snapshot */
static void read_facts(struct record_process *process, bool whole)
{
	struct proc_stat stat;

	process->rss_bytes = process->shared_bytes = RECORD_UNKNOWN;
	process->threads = process->descriptors = process->zombies = RECORD_UNKNOWN;
	if (process->exited_ns || proc_stat_read((pid_t)process->pid, &stat) ||
	    !proc_stat_is(&stat, process->start_ns))
		return;
	memcpy(process->comm, stat.comm, sizeof(process->comm));
	if (stat.ppid > 0) /* 0 while it is being released */
		process->ppid = (uint32_t)stat.ppid;
	if (stat.state != 'Z') {
		process->rss_bytes = stat.rss_bytes;
		process->shared_bytes = proc_shared_bytes((pid_t)process->pid);
		process->threads = stat.threads;
		process->descriptors = proc_descriptors((pid_t)process->pid);
		process->zombies = whole ? proc_zombies((pid_t)process->pid) : RECORD_UNKNOWN;
		if (whole)
			process->event_sets = proc_event_sets((pid_t)process->pid);
	}
	if (whole || !process->exe[0])
		proc_exe_name((pid_t)process->pid, process->exe, sizeof(process->exe));
}

static struct record_process *add(struct process_table *table, uint32_t pid, uint64_t start_ns,
				  uint32_t ppid, const char *comm)
{
	struct record_process *process;

	if (vec_reserve((void **)&table->processes, &table->capacity, table->count,
			sizeof(*table->processes)))
		return NULL;
	process = &table->processes[table->count++];
	memset(process, 0, sizeof(*process));
	process->pid = pid;
	process->start_ns = start_ns;
	process->ppid = ppid;
	process->event_sets = RECORD_UNKNOWN;
	memcpy(process->comm, comm, sizeof(process->comm) - 1);
	read_facts(process, false);
	return process;
}

int process_table_event(struct process_table *table, const struct process_event *event)
{
	struct record_process *process = find(table, event->tgid, event->process_start_ns);

	if (!process)
		process =
			add(table, event->tgid, event->process_start_ns, event->ppid, event->comm);
	if (!process)
		return -ENOMEM;
	switch (event->header.kind) {
	case EVENT_PROCESS_FORK:
		process->born_ns = event->header.at_ns;
		break;
	case EVENT_PROCESS_EXEC:
		process->execs++;
		memcpy(process->comm, event->comm, sizeof(process->comm) - 1);
		break;
	case EVENT_PROCESS_EXIT:
		process->exited_ns = event->header.at_ns;
		break;
	}
	return 0;
}

int process_table_seen(struct process_table *table, const struct thread_sample *sample)
{
	if (find(table, sample->tgid, sample->process_start_ns))
		return 0;
	return add(table, sample->tgid, sample->process_start_ns, sample->ppid, sample->comm) ?
		       0 :
		       -ENOMEM;
}

void process_table_refresh(struct process_table *table, bool whole)
{
	const struct timespec pause = { .tv_nsec = ZOMBIE_PAUSE_NS };
	struct record_process *process;
	uint64_t again;
	bool zombies = false;
	size_t i;

	for (i = 0; i < table->count; i++) {
		read_facts(&table->processes[i], whole);
		zombies |= table->processes[i].zombies != RECORD_UNKNOWN &&
			   table->processes[i].zombies;
	}
	if (!zombies)
		return;
	nanosleep(&pause, NULL);
	for (i = 0; i < table->count; i++) {
		process = &table->processes[i];
		if (process->zombies == RECORD_UNKNOWN || !process->zombies)
			continue;
		again = proc_zombies((pid_t)process->pid);
		if (again < process->zombies)
			process->zombies = again;
	}
}

void process_table_free(struct process_table *table)
{
	free(table->processes);
	memset(table, 0, sizeof(*table));
}
