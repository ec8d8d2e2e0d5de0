// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Identity is (number, start time): a number may be used again. Names of short-lived processes
 * come from the kernel's events, the rest from /proc while the process lives.
 */
#include "collect/procfs/process_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collect/procfs/cgroup_facts.h"
#include "collect/procfs/file_locks.h"
#include "collect/procfs/proc_facts.h"
#include "lib/clock.h"
#include "lib/vec.h"

#define ZOMBIE_PAUSE_NS 20000000L
#define FEW 64 /* processes: some 100 us each to open the window */
#define YOUNG_NS 10000000000ULL /* a program loads, compiles and fills its buffers meanwhile */
#define PRESSED_NS 50000000ULL /* waited for, since a thread's begin */

static uint64_t key_of(uint32_t pid, uint64_t start_ns)
{
	return index_hash(&start_ns, sizeof(start_ns), pid + 1);
}

static size_t find(const struct process_table *table, uint32_t pid, uint64_t start_ns)
{
	return index_find(&table->index, key_of(pid, start_ns));
}

/*
 * Counts unreaped children. This opens a file per thread, so it is skipped if all threads were just
 * read and none had a child.
 */
static uint64_t zombies_of(const struct record_process *process, const struct process_mark *mark)
{
	return mark->parent || mark->read_count < process->threads ?
		       proc_zombies((pid_t)process->pid) :
		       0;
}

/*
 * Event sets among the fds. Looking takes up to 64 system calls, so it is done again only after an
 * exec and, as long as there was none, when the number of fds has changed.
 */
static void find_event_sets(struct record_process *process, struct process_mark *mark, pid_t task)
{
	bool same = mark->looked && mark->looked_execs == process->execs;

	if (same && (process->event_sets || mark->looked_descriptors == process->descriptors))
		return;
	process->event_sets = proc_event_sets(task);
	mark->looked = process->event_sets != RECORD_UNKNOWN;
	mark->looked_execs = process->execs;
	mark->looked_descriptors = process->descriptors;
}

/* Affinity is inherited, and rarely changed; the tracer matters only when it was stopped. */
static void read_status(struct record_process *process, struct process_mark *mark)
{
	struct proc_status status;
	struct proc_stat tracer;

	if (mark->status_read && mark->status_execs == process->execs && !mark->stopped &&
	    !mark->pressed)
		return;
	if (proc_status_read((pid_t)process->pid, &status))
		return;
	mark->status_read = true;
	mark->status_execs = process->execs;
	process->cpus_allowed = status.cpus;
	process->cpu_mask = status.cpu_mask;
	process->swap_bytes = status.swap_bytes;
	/* the last one is kept: it may have detached just before the window's end */
	if (!status.tracer || proc_stat_read(status.tracer, &tracer))
		return;
	process->tracer_pid = (uint32_t)status.tracer;
	memcpy(process->tracer_comm, tracer.comm, sizeof(process->tracer_comm));
}

/* The last one is kept: it may have been released just before the window's end. */
static void read_file_lock(struct record_process *process, const struct process_mark *mark)
{
	struct proc_stat stat;
	pid_t holder = mark->file_lock ? file_locks_holder((pid_t)process->pid) : 0;

	if (holder <= 0 || proc_stat_read(holder, &stat))
		return;
	process->file_lock_pid = (uint32_t)holder;
	memcpy(process->file_lock_comm, stat.comm, sizeof(process->file_lock_comm));
}

/* A process is put into its group before it replaces its program, if ever. */
static void read_label(struct record_process *process, struct process_mark *mark)
{
	struct record_label label;

	if (mark->labelled && mark->labelled_execs == process->execs)
		return;
	mark->labelled = true;
	mark->labelled_execs = process->execs;
	cgroup_identity((pid_t)process->pid, &label);
	memcpy(label.script, process->label.script, sizeof(label.script));
	process->label = label;
}

/* Some ten files: only of a process that waits for what they limit, or, to compare, of one of few. */
static void read_limits(struct record_process *process, struct process_mark *mark, bool few)
{
	struct cgroup_limits limits;

	if (!mark->pressed && (mark->limits_read || !few))
		return;
	cgroup_limits_read((pid_t)process->pid, &limits);
	if (!mark->limits_read)
		mark->failures = limits.memory_failures;
	mark->limits_read = true;
	process->cpu_quota = limits.cpu_millis;
	process->memory_limit = limits.memory_limit;
	process->memory_usage = limits.memory_usage;
	process->memory_failures = limits.memory_failures > mark->failures ?
					   limits.memory_failures - mark->failures :
					   0;
}

/* whole: also what costs more to find out, and need not be known of every snapshot */
static void read_facts(struct record_process *process, struct process_mark *mark, bool whole,
		       bool few)
{
	pid_t pid = (pid_t)process->pid, task = pid;
	struct proc_stat stat;
	uint64_t threads;

	mark->stale = false;
	mark->stale_whole &= !whole;
	process->rss_bytes = process->shared_bytes = RECORD_UNKNOWN;
	process->writable_bytes = 0;
	process->young = clock_ns(CLOCK_BOOTTIME) - process->start_ns < YOUNG_NS;
	process->threads = process->descriptors = process->zombies = RECORD_UNKNOWN;
	if (process->exited_ns || proc_stat_read(pid, &stat) ||
	    !proc_stat_is(&stat, process->start_ns))
		return;
	memcpy(process->comm, stat.comm, sizeof(process->comm));
	if (stat.ppid > 0) /* 0 while it is being released */
		process->ppid = (uint32_t)stat.ppid;
	threads = stat.threads;
	/* a main thread that has ended has neither memory nor files, the others have */
	if (stat.state == 'Z') {
		task = proc_living_task(pid);
		if (task != pid && proc_stat_read(task, &stat))
			return;
	}
	if (stat.state != 'Z') {
		process->threads = threads;
		process->rss_bytes = stat.rss_bytes;
		process->shared_bytes = proc_shared_bytes(task, &process->writable_bytes);
		process->descriptors = proc_descriptors(task);
		if (whole) {
			process->zombies = zombies_of(process, mark);
			find_event_sets(process, mark, task);
			read_status(process, mark);
			read_label(process, mark);
			read_limits(process, mark, few);
			read_file_lock(process, mark);
		}
	}
	if (whole || !process->exe[0])
		proc_exe_name(task, process->exe, sizeof(process->exe));
}

/* Position of a new process; INDEX_NONE: out of memory. */
static size_t add(struct process_table *table, uint32_t pid, uint64_t start_ns, uint32_t ppid,
		  const char *comm)
{
	size_t at = table->count;
	struct record_process *process;

	if (vec_reserve((void **)&table->processes, &table->capacity, at,
			sizeof(*table->processes)) ||
	    vec_reserve((void **)&table->marks, &table->mark_capacity, at, sizeof(*table->marks)) ||
	    index_add(&table->index, key_of(pid, start_ns), at))
		return INDEX_NONE;
	table->count++;
	table->marks[at] = (struct process_mark){ .stale_whole = true, .stale_runtime = true };
	process = &table->processes[at];
	memset(process, 0, sizeof(*process));
	process->pid = pid;
	process->start_ns = start_ns;
	process->ppid = ppid;
	process->event_sets = RECORD_UNKNOWN;
	memcpy(process->comm, comm, sizeof(process->comm) - 1);
	read_facts(process, &table->marks[at], false, false);
	return at;
}

/* The process, made when there is none, and known to have been there then. */
static int touch(struct process_table *table, uint32_t pid, uint64_t start_ns, uint32_t ppid,
		 const char *comm, uint64_t at_ns, struct record_process **ret)
{
	size_t at = find(table, pid, start_ns);

	*ret = NULL;
	if (at == INDEX_NONE && table->count >= PROCESSES_MAX) {
		table->left_out++;
		return 0;
	}
	if (at == INDEX_NONE)
		at = add(table, pid, start_ns, ppid, comm);
	if (at == INDEX_NONE)
		return -ENOMEM;
	if (at_ns > table->marks[at].touched_ns)
		table->marks[at].touched_ns = at_ns;
	*ret = &table->processes[at];
	return 0;
}

static void mark_stale(struct process_table *table, const struct record_process *process)
{
	struct process_mark *mark = &table->marks[process - table->processes];

	mark->stale = mark->stale_whole = mark->stale_runtime = true;
}

/* A parent need not run when its child ends: it has a zombie anyway. 0 or -ENOMEM. */
static int note_ended_child(struct process_table *table, uint32_t parent)
{
	if (vec_reserve((void **)&table->parents, &table->parent_capacity, table->parent_count,
			sizeof(*table->parents)))
		return -ENOMEM;
	table->parents[table->parent_count++] = parent;
	return 0;
}

int process_table_event(struct process_table *table, const struct process_event *event)
{
	struct record_process *process;
	int error = touch(table, event->tgid, event->process_start_ns, event->ppid, event->comm,
			  event->header.at_ns, &process);

	if (error || !process)
		return error;
	mark_stale(table, process);
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
		return note_ended_child(table, process->ppid);
	}
	return 0;
}

void process_table_begin(struct process_table *table, uint64_t since_ns)
{
	table->reading++;
	table->since_ns = since_ns;
}

/* A thread in the same wait since before the reading before this one has changed nothing. */
static bool has_run(const struct process_table *table, const struct thread_sample *sample)
{
	return sample->state == STATE_ON_CPU || sample->entered_ns >= table->since_ns;
}

int process_table_seen(struct process_table *table, const struct thread_sample *sample,
		       uint64_t at_ns)
{
	const uint64_t *ns = (const uint64_t *)sample->total.state_ns;
	struct record_process *process;
	struct process_mark *mark;
	int error = touch(table, sample->tgid, sample->process_start_ns, sample->ppid, sample->comm,
			  at_ns, &process);

	if (error || !process || sample->flags & SAMPLE_EXITED)
		return error;
	mark = &table->marks[process - table->processes];
	if (has_run(table, sample))
		mark_stale(table, process);
	if (sample->ppid)
		process->ppid = sample->ppid; /* the present one: its parent may have ended */
	if (mark->reading != table->reading) {
		mark->reading = table->reading;
		mark->read_count = 0;
		mark->parent = mark->stopped = mark->pressed = mark->file_lock = false;
	}
	mark->read_count++;
	mark->parent |= (sample->flags & SAMPLE_PARENT) != 0;
	mark->stopped |= sample->state == STATE_STOPPED || ns[STATE_STOPPED] >= PRESSED_NS;
	/* a lock that is no futex */
	mark->file_lock |= sample->state == STATE_LOCK && sample->site.object != OBJECT_FUTEX;
	mark->pressed |= ns[STATE_PAGE_FAULT] + ns[STATE_DISK] + ns[STATE_RUNNABLE_WAKEUP] +
				 ns[STATE_RUNNABLE_PREEMPTED] >=
			 PRESSED_NS;
	return 0;
}

void process_table_mark(struct process_table *table, uint64_t before_ns, uint64_t exited_before_ns)
{
	size_t i;

	for (i = 0; i < table->count; i++)
		table->marks[i].over = table->marks[i].touched_ns < before_ns ||
				       (table->processes[i].exited_ns &&
					table->marks[i].touched_ns < exited_before_ns);
}

bool process_table_over(const struct process_table *table, uint32_t pid, uint64_t start_ns,
			uint64_t started_ns)
{
	size_t at = find(table, pid, start_ns);

	if (at != INDEX_NONE)
		return table->marks[at].over;
	/* it is unknown which processes a full table did not accept */
	return table->count < PROCESSES_MAX && start_ns < started_ns;
}

bool process_table_has(const struct process_table *table, uint32_t pid)
{
	size_t i;

	for (i = table->count; i-- > 0;)
		if (table->processes[i].pid == pid && !table->marks[i].over)
			return true;
	return false;
}

int process_table_forget(struct process_table *table)
{
	size_t *moved = calloc(table->count + 1, sizeof(*moved)), kept = 0, i;
	int error;

	if (!moved)
		return -ENOMEM;
	for (i = 0; i < table->count; i++) {
		moved[i] = table->marks[i].over ? INDEX_NONE : kept;
		if (table->marks[i].over)
			continue;
		if (kept != i) {
			table->processes[kept] = table->processes[i];
			table->marks[kept] = table->marks[i];
		}
		kept++;
	}
	error = index_move(&table->index, moved);
	free(moved);
	if (error)
		return error;
	table->count = kept;
	vec_shrink((void **)&table->processes, &table->capacity, kept, sizeof(*table->processes));
	vec_shrink((void **)&table->marks, &table->mark_capacity, kept, sizeof(*table->marks));
	return 0;
}

static int by_number(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

/* Parents whose children have ended since the last whole refresh are read again. */
static void mark_parents(struct process_table *table)
{
	size_t i;

	if (!table->parent_count)
		return;
	qsort(table->parents, table->parent_count, sizeof(*table->parents), by_number);
	for (i = 0; i < table->count; i++)
		if (bsearch(&table->processes[i].pid, table->parents, table->parent_count,
			    sizeof(*table->parents), by_number))
			mark_stale(table, &table->processes[i]);
	table->parent_count = 0;
	vec_shrink((void **)&table->parents, &table->parent_capacity, 0, sizeof(*table->parents));
}

/* A child that has just ended is a zombie until its parent has run: only one that stays counts. */
static void count_zombies_again(struct record_process *process)
{
	uint64_t again = proc_zombies((pid_t)process->pid);

	if (again < process->zombies)
		process->zombies = again;
}

void process_table_refresh(struct process_table *table, bool whole)
{
	const struct timespec pause = { .tv_nsec = ZOMBIE_PAUSE_NS };
	bool zombies = false;
	size_t i;

	if (whole)
		mark_parents(table);
	for (i = 0; i < table->count; i++) {
		struct process_mark *mark = &table->marks[i];
		struct record_process *process = &table->processes[i];

		mark->recount = whole && mark->stale_whole;
		if (whole ? mark->stale_whole : mark->stale)
			read_facts(process, mark, whole, table->count <= FEW);
		mark->recount &= process->zombies && process->zombies != RECORD_UNKNOWN;
		zombies |= mark->recount;
	}
	if (!zombies)
		return;
	nanosleep(&pause, NULL);
	for (i = 0; i < table->count; i++)
		if (table->marks[i].recount)
			count_zombies_again(&table->processes[i]);
}

void process_table_free(struct process_table *table)
{
	free(table->processes);
	free(table->marks);
	free(table->parents);
	index_free(&table->index);
	memset(table, 0, sizeof(*table));
}
