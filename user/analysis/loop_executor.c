// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CPython's executors hand work to their idle threads in turn. One thread that is never free and hands the
 * event loop its results, beside others that do not run at all, is an executor of its own: that of a loop
 * whose blocking calls are made one at a time.
 */
#include "analysis/loop_executor.h"

#include "lib/runtimes.h"

#define BUSY_LEAST 0.9 /* of the time */

double loop_executor_share(const struct thread_model *thread)
{
	const uint64_t *ns = thread->time.state_ns;

	return thread->time.wall_ns ?
		       (double)(ns[STATE_NETWORK] + ns[STATE_DISK]) / (double)thread->time.wall_ns :
		       0;
}

static bool wakes(const struct thread_model *waker, const struct thread_model *thread)
{
	size_t i;

	for (i = 0; i < thread->waker_count; i++)
		if (thread->wakers[i].tid == waker->tid)
			return true;
	return false;
}

static const struct thread_model *find_in(const struct process_model *process)
{
	const struct thread_model *busy = NULL, *loop = NULL, *thread;
	size_t i;

	for (i = 0; i < process->thread_count; i++) {
		thread = &process->threads[i];
		if (model_is_loop(process, thread)) {
			loop = thread;
			continue;
		}
		if (!thread->time.state_ns[STATE_ON_CPU])
			continue;
		if (busy || thread->count != 1 || loop_executor_share(thread) < BUSY_LEAST)
			return NULL;
		busy = thread;
	}
	return loop && busy && wakes(busy, loop) ? busy : NULL;
}

const struct thread_model *loop_executor_find(const struct model *model,
					      const struct process_model *process)
{
	struct process_range range = model_range(model, process);
	const struct thread_model *found = NULL;
	const struct process_model *each;

	for (each = range.first; each < range.end && !found; each++)
		if (runtime_id_of(each->runtime) == RUNTIME_CPYTHON)
			found = find_in(each);
	return found;
}
