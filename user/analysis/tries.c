// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds threads that wait by sleeping and trying again. */
#include "analysis/tries.h"

#define TRIES_PER_S 5 /* sleeps: a timer is slower */
#define TRY_S 0.5 /* a sleep between two tries is shorter */
#define SLEEP_OF_WORK 2 /* times the work of the target: then sleeping is what it mostly does */

/* Does this thread sleep for short times, over and over? */
static bool polls_by_sleep(const struct model *model, const struct thread_model *thread)
{
	double sleep_s = (double)thread->time.state_ns[STATE_SLEEP] / 1e9;
	double count = (double)thread->state_count[STATE_SLEEP];
	double window_s = (double)model->duration_ns / 1e9;

	return count >= TRIES_PER_S * window_s && sleep_s < TRY_S * count &&
	       sleep_s >= 0.5 * (double)thread->time.wall_ns / 1e9;
}

bool tries_find(const struct model *model, const struct process_model *process, double work_s,
		struct tries *ret)
{
	struct process_range range = model_range(model, process);
	const struct process_model *each;
	const struct thread_model *thread;
	size_t i;

	*ret = (struct tries){ .threads = 0 };
	for (each = range.first; each < range.end; each++)
		for (i = 0; i < each->thread_count; i++) {
			thread = &each->threads[i];
			if (thread->count != 1 || !polls_by_sleep(model, thread))
				continue;
			ret->threads++;
			ret->sleeps += (double)thread->state_count[STATE_SLEEP];
			ret->sleep_s += (double)thread->time.state_ns[STATE_SLEEP] / 1e9;
		}
	/* beside other work it is a timer, such as the monitor thread of a runtime */
	return ret->threads > 0 && ret->sleep_s >= SLEEP_OF_WORK * work_s;
}
