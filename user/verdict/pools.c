// SPDX-License-Identifier: GPL-2.0-or-later
/* Groups workers by name and parent. Receives the model; hands on pools. */
#include "verdict/pools.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define PRESENT 0.9 /* of the window: who came or went tells little of a pool */
#define FED_TIMES 2 /* hand-overs: one may be the start, or the end, of it all */

/* "pool-1-thread-3" -> "pool-1-thread", "worker:0" -> "worker". */
static void name_without_number(const char *comm, char *ret)
{
	size_t length = strnlen(comm, POOL_NAME_LEN - 1);

	while (length && isdigit((unsigned char)comm[length - 1]))
		length--;
	while (length && strchr("-_:#/. ", comm[length - 1]))
		length--;
	memset(ret, 0, POOL_NAME_LEN);
	memcpy(ret, comm, length ? length : strnlen(comm, POOL_NAME_LEN - 1));
}

static struct pool *pool_of(struct pool *pools, size_t *count, const struct process_model *process,
			    bool of_processes, const char *name)
{
	size_t i;

	for (i = 0; i < *count; i++)
		if (pools[i].process == process && pools[i].of_processes == of_processes &&
		    !memcmp(pools[i].name, name, POOL_NAME_LEN))
			return &pools[i];
	if (*count == POOL_MAX)
		return NULL;
	pools[*count] = (struct pool){ .process = process, .of_processes = of_processes };
	memcpy(pools[*count].name, name, POOL_NAME_LEN);
	return &pools[(*count)++];
}

/* A worker waits for work at a queue, a pipe or a lock of its pool; sleeping is part of a task. */
static void add_time(struct pool *pool, const struct ledger *time, bool of_processes)
{
	const uint64_t *ns = time->state_ns;
	double wall = (double)time->wall_ns;
	uint64_t idle = ns[STATE_CONDITION] + ns[STATE_REQUEST] + ns[STATE_POLL_IDLE];
	uint64_t computing =
		ns[STATE_ON_CPU] + ns[STATE_RUNNABLE_WAKEUP] + ns[STATE_RUNNABLE_PREEMPTED];

	if (of_processes)
		idle += ns[STATE_IPC] + ns[STATE_LOCK];
	if (wall <= 0)
		return;
	pool->count++;
	pool->idle += (double)idle / wall;
	pool->computing += (double)computing / wall;
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

static const struct process_model *process_by_pid(const struct model *model, uint32_t pid)
{
	size_t i;

	for (i = 0; pid && i < model->process_count; i++)
		if (model->processes[i].pid == pid)
			return &model->processes[i];
	return NULL;
}

static bool is_present(const struct model *model, const struct ledger *time)
{
	return (double)time->wall_ns >= PRESENT * (double)model->duration_ns;
}

static bool is_worker_thread(const struct model *model, const struct process_model *process,
			     const struct thread_model *thread)
{
	return thread->tid != process->pid && thread->count == 1 && !thread->exited &&
	       is_present(model, &thread->time);
}

static void add_process(const struct model *model, const struct process_model *process,
			struct pool *pools, size_t *count)
{
	const struct process_model *parent = process_by_pid(model, process->ppid);
	char name[POOL_NAME_LEN];
	struct pool *pool;
	size_t i;

	for (i = 0; i < process->thread_count; i++) {
		if (!is_worker_thread(model, process, &process->threads[i]))
			continue;
		name_without_number(process->threads[i].comm, name);
		pool = pool_of(pools, count, process, false, name);
		if (pool)
			add_time(pool, &process->threads[i].time, false);
	}
	for (i = 0; parent && i < process->thread_count; i++)
		if (process->threads[i].tid == process->pid)
			break;
	if (!parent || parent == process || i == process->thread_count || process->exited ||
	    !is_present(model, &process->threads[i].time))
		return;
	name_without_number(process->comm, name);
	pool = pool_of(pools, count, parent, true, name);
	if (!pool)
		return;
	add_time(pool, &process->threads[i].time, true);
	add_memory(pool, process);
}

/* The pool that a thread of the target is a worker of, NULL none. */
static struct pool *pool_of_thread(const struct model *model, struct pool *pools, size_t count,
				   const struct process_model *process,
				   const struct thread_model *thread)
{
	const struct process_model *parent = process_by_pid(model, process->ppid);
	char name[POOL_NAME_LEN], of_process[POOL_NAME_LEN];
	size_t i;

	name_without_number(thread->comm, name);
	name_without_number(process->comm, of_process);
	for (i = 0; i < count; i++) {
		if (!pools[i].of_processes && pools[i].process == process &&
		    thread->tid != process->pid && !memcmp(pools[i].name, name, POOL_NAME_LEN))
			return &pools[i];
		if (pools[i].of_processes && pools[i].process == parent &&
		    !memcmp(pools[i].name, of_process, POOL_NAME_LEN))
			return &pools[i];
	}
	return NULL;
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
static bool hands_over(uint32_t state)
{
	return state != STATE_LOCK && state != STATE_GIL;
}

/* Who wakes across the border of a pool hands work in, or waits for what comes out. */
static void find_feeders(const struct model *model, struct pool *pools, size_t count)
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
				pool_of_thread(model, pools, count, &model->processes[i],
					       &model->processes[i].threads[j]),
			};
	qsort(members, threads, sizeof(*members), compare_members);
	for (i = 0; i < model->process_count; i++)
		for (j = 0; j < model->processes[i].thread_count; j++) {
			const struct thread_model *thread = &model->processes[i].threads[j];
			struct pool *own =
				pool_of_thread(model, pools, count, &model->processes[i], thread);

			for (k = 0; k < thread->waker_count; k++) {
				key.tid = thread->wakers[k].tid;
				found = key.tid ? bsearch(&key, members, threads, sizeof(key),
							  compare_members) :
						  NULL;
				if (!found || found->pool == own ||
				    !hands_over(thread->wakers[k].state))
					continue;
				if (own)
					own->handed += thread->wakers[k].count;
				if (found->pool)
					found->pool->handed += thread->wakers[k].count;
			}
		}
	free(members);
}

size_t pools_find(const struct model *model, const struct process_model *process,
		  struct pool ret[POOL_MAX])
{
	size_t count = 0, kept = 0, i;

	for (i = 0; i < model->process_count; i++)
		if (!process || process == &model->processes[i] ||
		    model->processes[i].ppid == process->pid)
			add_process(model, &model->processes[i], ret, &count);
	find_feeders(model, ret, count);
	for (i = 0; i < count; i++)
		ret[i].fed = ret[i].handed >= FED_TIMES;
	for (i = 0; i < count; i++)
		if (ret[i].count > 1 && (!process || ret[i].process == process))
			ret[kept++] = ret[i];
	return kept;
}
