// SPDX-License-Identifier: GPL-2.0-or-later
/* Concludes from the sum of what the threads compute. */
#include "analysis/in_turn.h"

#include <stddef.h>

#include "lib/runtimes.h"

#define CORE_LEAST 0.7 /* of a core: hand-overs of the lock take time */
#define CORE_MOST 1.1
#define MOST 0.75 /* of what the target computes: then it is what limits the target */
#define PART_LEAST 0.05 /* of a core: a thread that takes part */

static double cores(const struct model *model, const struct ledger *time)
{
	return (double)(states_sum(time->state_ns, GROUP_CPU) +
			states_sum(time->state_ns, GROUP_READY)) /
	       (double)model->duration_ns;
}

static bool in_turn(const struct model *model, const struct process_model *process)
{
	const struct runtime_traits *traits = runtime_traits_of(process->runtime);
	double all = cores(model, &process->time);
	size_t i, threads = 0;

	if (!traits->has_gil || traits->gil_measured || all < CORE_LEAST || all > CORE_MOST)
		return false;
	for (i = 0; i < process->thread_count; i++)
		threads += process->threads[i].count == 1 &&
			   cores(model, &process->threads[i].time) >= PART_LEAST;
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
