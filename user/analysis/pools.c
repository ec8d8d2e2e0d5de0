// SPDX-License-Identifier: GPL-2.0-or-later
/* Groups workers of the model by name and parent. */
#include "analysis/pools.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/index.h"
#include "lib/runtimes.h"
#include "lib/vec.h"

#define PRESENT 0.9 /* of the window: workers that came or went say little about a pool */
#define HANDED_SHARE \
	3 /* one in this many and more; otherwise the wakes are lock releases, not work handoff */
#define FED_TIMES 2 /* hand-overs: one may be the start, or the end, of it all */

/* All names, most of which come once, and the processes by number. */
struct table {
	struct pool *rows;
	size_t count, capacity;
	struct index by_name, by_pid;
};

static uint64_t name_key(const struct process_model *process, bool of_processes, const char *name)
{
	uint64_t key = index_hash(&process->pid, sizeof(process->pid), of_processes);

	key = index_hash(&process->start_ns, sizeof(process->start_ns), key);
	return index_hash(name, POOL_NAME_LEN, key);
}

static struct pool *pool_known(const struct table *table, const struct process_model *process,
			       bool of_processes, const char *name)
{
	size_t at = index_find(&table->by_name, name_key(process, of_processes, name));

	return at == INDEX_NONE ? NULL : &table->rows[at];
}

/* The pool of this name, made if there is none yet; NULL when out of memory. */
static struct pool *pool_of(struct table *table, const struct process_model *process,
			    bool of_processes, const char *name)
{
	struct pool *pool = pool_known(table, process, of_processes, name);

	if (pool)
		return pool;
	if (vec_reserve((void **)&table->rows, &table->capacity, table->count, sizeof(*pool)) ||
	    index_add(&table->by_name, name_key(process, of_processes, name), table->count))
		return NULL;
	pool = &table->rows[table->count++];
	*pool = (struct pool){ .process = process, .of_processes = of_processes };
	memcpy(pool->name, name, POOL_NAME_LEN);
	return pool;
}

/* A worker waits for work at a queue, a pipe or a lock of its pool; sleeping is part of a task. */
static void add_time(struct pool *pool, const struct ledger *time, bool of_processes)
{
	const uint64_t *ns = time->state_ns;
	double wall = (double)time->wall_ns;
	uint64_t idle = states_sum(ns, GROUP_REST) - ns[STATE_SLEEP] - ns[STATE_STOPPED];
	uint64_t computing = states_sum(ns, GROUP_CPU) + states_sum(ns, GROUP_READY);

	if (of_processes)
		idle += ns[STATE_IPC] + ns[STATE_LOCK];
	if (wall <= 0)
		return;
	pool->count++;
	pool->idle += (double)idle / wall;
	pool->computing += (double)computing / wall;
	pool->sleeping += (double)ns[STATE_SLEEP] / wall;
	pool->waiting += (wall - (double)idle - (double)computing) / wall;
}

static void add_memory(struct pool *pool, const struct process_model *process)
{
	uint64_t own;

	if (process->rss_bytes == RECORD_UNKNOWN || process->shared_bytes == RECORD_UNKNOWN ||
	    process->shared_bytes > process->rss_bytes)
		return;
	own = process->rss_bytes - process->shared_bytes;
	if (!pool->private_known || own < pool->private_least)
		pool->private_least = own;
	if (own > pool->private_most)
		pool->private_most = own;
	pool->private_sum += own;
	pool->private_known++;
}

static uint64_t pid_key(uint32_t pid)
{
	return index_hash(&pid, sizeof(pid), 0);
}

/* The parent of a process, NULL when it is not watched. */
static const struct process_model *parent_of(const struct model *model, const struct table *table,
					     const struct process_model *process)
{
	size_t at = index_find(&table->by_pid, pid_key(process->ppid));

	return at == INDEX_NONE || &model->processes[at] == process ? NULL : &model->processes[at];
}

static bool is_present(const struct model *model, const struct ledger *time)
{
	return (double)time->wall_ns >= PRESENT * (double)model->duration_ns;
}

/* The JVM's main thread has the name of the process, and is handed results, not work. */
static bool is_second_main(const struct process_model *process, const struct thread_model *thread)
{
	return runtime_traits_of(process->runtime)->second_main &&
	       !memcmp(process->comm, thread->comm, sizeof(process->comm));
}

static bool is_worker_thread(const struct model *model, const struct process_model *process,
			     const struct thread_model *thread)
{
	return thread->tid != process->pid && thread->count == 1 && !thread->exited &&
	       !is_second_main(process, thread) && is_present(model, &thread->time);
}

/* Does a number behind the name tell it from others? That of the program ("python3.11") does not. */
static bool is_numbered(const struct process_model *process, const struct thread_model *thread,
			const char *name)
{
	return strncmp(name, thread->comm, POOL_NAME_LEN) &&
	       memcmp(process->comm, thread->comm, sizeof(process->comm));
}

static void add_process(const struct model *model, const struct process_model *process,
			struct table *table)
{
	const struct process_model *parent = parent_of(model, table, process);
	char name[POOL_NAME_LEN];
	struct pool *pool;
	size_t i;

	for (i = 0; i < process->thread_count; i++) {
		if (!is_worker_thread(model, process, &process->threads[i]))
			continue;
		model_base_name(process->threads[i].comm, name);
		pool = pool_of(table, process, false, name);
		if (!pool)
			continue;
		add_time(pool, &process->threads[i].time, false);
		pool->numbered = is_numbered(process, &process->threads[i], name);
	}
	for (i = 0; parent && i < process->thread_count; i++)
		if (process->threads[i].tid == process->pid)
			break;
	if (!parent || i == process->thread_count || process->exited ||
	    !is_present(model, &process->threads[i].time))
		return;
	model_base_name(process->comm, name);
	pool = pool_of(table, parent, true, name);
	if (!pool)
		return;
	add_time(pool, &process->threads[i].time, true);
	add_memory(pool, process);
}

/* The pool that a thread of the target is a worker of, NULL none. */
static struct pool *pool_of_thread(const struct model *model, const struct table *table,
				   const struct process_model *process,
				   const struct thread_model *thread)
{
	const struct process_model *parent = parent_of(model, table, process);
	char name[POOL_NAME_LEN];
	struct pool *pool = NULL, *workers;

	if (thread->tid != process->pid) {
		model_base_name(thread->comm, name);
		pool = pool_known(table, process, false, name);
	}
	if (pool && pool->count > 1)
		return pool;
	model_base_name(process->comm, name);
	workers = parent ? pool_known(table, parent, true, name) : NULL;
	return workers ? workers : pool;
}

struct member {
	uint32_t tid;
	struct pool *pool;
};

static int compare_members(const void *a, const void *b)
{
	const struct member *one = a, *other = b;

	return (one->tid > other->tid) - (one->tid < other->tid);
}

/* Letting a lock go hands over no work. */
static void count_wakes(struct pool *pool, const struct waker_model *waker)
{
	if (!pool || waker->state == STATE_GIL)
		return;
	if (waker->state == STATE_LOCK)
		pool->released += waker->count;
	else
		pool->handoffs += waker->count;
}

/*
 * A thread that many wake has a row for those that found no place: they are of the pool that all
 * the others are of.
 */
static void count_others(const struct thread_model *thread, struct pool *pool)
{
	size_t i;

	for (i = 0; i < thread->waker_count && pool; i++)
		if (!thread->wakers[i].tid && !thread->wakers[i].state)
			pool->handoffs += thread->wakers[i].count;
}

/* A wake across the border of a pool hands work in, or waits for a result. */
static void find_feeders(const struct model *model, struct table *table)
{
	size_t threads = 0, i, j, k;
	struct member *members, *found, key;

	for (i = 0; i < model->process_count; i++)
		threads += model->processes[i].thread_count;
	members = calloc(threads + 1, sizeof(*members));
	if (!members)
		return;
	threads = 0;
	for (i = 0; i < model->process_count; i++)
		for (j = 0; j < model->processes[i].thread_count; j++)
			members[threads++] = (struct member){
				model->processes[i].threads[j].tid,
				pool_of_thread(model, table, &model->processes[i],
					       &model->processes[i].threads[j]),
			};
	qsort(members, threads, sizeof(*members), compare_members);
	for (i = 0; i < model->process_count; i++)
		for (j = 0; j < model->processes[i].thread_count; j++) {
			const struct thread_model *thread = &model->processes[i].threads[j];
			struct pool *own =
				pool_of_thread(model, table, &model->processes[i], thread);

			struct pool *only = NULL;
			bool mixed = false;

			for (k = 0; k < thread->waker_count; k++) {
				key.tid = thread->wakers[k].tid;
				found = key.tid ? bsearch(&key, members, threads, sizeof(key),
							  compare_members) :
						  NULL;
				if (found && own && found->pool == own &&
				    thread->wakers[k].state == STATE_LOCK)
					own->released += thread->wakers[k].count;
				if (found && found->pool != own) {
					count_wakes(own, &thread->wakers[k]);
					count_wakes(found->pool, &thread->wakers[k]);
					/* a GIL handover is not a work handoff */
					if (thread->wakers[k].state == STATE_GIL)
						continue;
					mixed |= only && only != found->pool;
					only = found->pool;
				}
			}
			if (!mixed && !own)
				count_others(thread, only);
		}
	free(members);
}

static int table_fill(const struct model *model, struct table *table)
{
	size_t i;

	for (i = 0; i < model->process_count; i++) {
		uint64_t key = pid_key(model->processes[i].pid);

		if (index_find(&table->by_pid, key) == INDEX_NONE &&
		    index_add(&table->by_pid, key, i))
			return -ENOMEM;
	}
	for (i = 0; i < model->process_count; i++)
		add_process(model, &model->processes[i], table);
	return 0;
}

void pools_find(const struct model *model, struct pool_set *ret)
{
	struct table table = { .count = 0 };
	struct pool *row;
	size_t i;

	if (!table_fill(model, &table))
		find_feeders(model, &table);
	*ret = (struct pool_set){ .rows = table.rows };
	for (i = 0; i < table.count; i++) {
		row = &table.rows[i];
		row->fed = row->handoffs >= FED_TIMES &&
			   row->handoffs * HANDED_SHARE >= row->released;
		/* a pool may have one thread, which its name tells from a thread of another kind */
		if (row->count > 1 || (row->count == 1 && row->fed && row->numbered))
			ret->rows[ret->count++] = *row;
	}
	index_free(&table.by_name);
	index_free(&table.by_pid);
}

void pools_free(struct pool_set *pools)
{
	free(pools->rows);
	memset(pools, 0, sizeof(*pools));
}

const struct pool *pools_next(const struct pool_set *pools, const struct process_model *process,
			      size_t *at)
{
	const struct pool *pool;

	while (*at < pools->count) {
		pool = &pools->rows[(*at)++];
		if (!process || pool->process == process)
			return pool;
	}
	return NULL;
}

uint64_t pools_peer_woken_ns(const struct process_model *process)
{
	char name[POOL_NAME_LEN], other[POOL_NAME_LEN];
	struct index by_tid = { 0 };
	uint64_t sum = 0;
	size_t i, k, at;

	for (i = 0; i < process->thread_count; i++)
		if (index_find(&by_tid, pid_key(process->threads[i].tid)) == INDEX_NONE &&
		    index_add(&by_tid, pid_key(process->threads[i].tid), i))
			break;
	for (i = 0; i < process->thread_count; i++)
		for (k = 0; k < process->threads[i].waker_count; k++) {
			const struct waker_model *waker = &process->threads[i].wakers[k];

			at = index_find(&by_tid, pid_key(waker->tid));
			if (waker->state != STATE_CONDITION || waker->pid != process->pid ||
			    at == INDEX_NONE)
				continue;
			model_base_name(process->threads[i].comm, name);
			model_base_name(process->threads[at].comm, other);
			if (!memcmp(name, other, sizeof(name)))
				sum += waker->ns;
		}
	index_free(&by_tid);
	return sum;
}
