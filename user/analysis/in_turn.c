// SPDX-License-Identifier: GPL-2.0-or-later
/* Concludes from the sum of what the threads compute. */
#include "analysis/in_turn.h"

#include <stddef.h>

#include "lib/runtimes.h"

#define CORE_LEAST 0.7 /* of a core: hand-overs of the lock take time */
#define CORE_MOST 1.1
#define MOST \
	0.75 /* of what the target computes, or of a loop's stalls: then it is what limits them */
#define PART_LEAST 0.05 /* of a core: a thread that takes part */

static double cores(const struct model *model, const struct ledger *time)
{
	return (double)(states_sum(time->state_ns, GROUP_CPU) +
			states_sum(time->state_ns, GROUP_READY)) /
	       (double)model->duration_ns;
}

/* Does this thread compute, and wait parked for longer than it queues for a CPU? */
static bool takes_part(const struct model *model, const struct thread_model *thread)
{
	const uint64_t *ns = thread->time.state_ns;

	return thread->count == 1 && cores(model, &thread->time) >= PART_LEAST &&
	       ns[STATE_CONDITION] >= states_sum(ns, GROUP_READY);
}

/* Queued threads say nothing of the lock: that it lets one run at a time shows in what runs. */
static bool in_turn(const struct model *model, const struct process_model *process)
{
	const struct runtime_traits *traits = runtime_traits_of(process->runtime);
	size_t i, threads = 0;

	if (!traits->has_gil || traits->gil_measured || cores(model, &process->time) < CORE_LEAST ||
	    (double)process->time.state_ns[STATE_ON_CPU] > CORE_MOST * (double)model->duration_ns)
		return false;
	for (i = 0; i < process->thread_count; i++)
		threads += takes_part(model, &process->threads[i]);
	return threads > 1;
}

const struct process_model *in_turn_find(const struct model *model,
					 const struct process_model *process)
{
	struct process_range range = model_range(model, process);
	double all = model->duration_ns ? cores(model, process ? &process->time : &model->time) : 0;
	const struct process_model *each;

	for (each = range.first; all > 0 && each < range.end; each++)
		if (in_turn(model, each) && cores(model, &each->time) >= MOST * all)
			return each;
	return NULL;
}

bool in_turn_holds(const struct model *model, const struct process_model *process,
		   const struct loop_model *loop)
{
	uint64_t all = 0;
	int i;

	for (i = 0; i < NR_STALL_CAUSES; i++)
		all += loop->cause_ns[i];
	return (double)loop->cause_ns[STALL_LOCK] > MOST * (double)all &&
	       in_turn_find(model, process) == process;
}
