// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the loop that spins most. */
#include "analysis/spinner.h"

#define BUSY_ELSEWHERE 0.5 /* of the window between its looks: it has something to do */
#define BUSY_POLLS_PER_S 1000 /* once in a millisecond: no timer needs that */

/* Looks that do not sleep are seen in bursts, or at all times. */
static double looked_s(const struct model *model)
{
	uint64_t burst_ns = model->overhead.burst_ns;
	bool all = model->capture.depth == DEPTH_SYSCALLS || model->capture.sees_loops ||
		   burst_ns == RECORD_UNKNOWN;

	return (double)(all ? model->duration_ns : burst_ns) / 1e9;
}

/* A thread that polls without a result may do useful work in between; one that leaves an fd ready does none. */
static bool spins(const struct loop_model *loop, double whole_s)
{
	return loop->loop_class == LOOP_READY ||
	       (loop->loop_class == LOOP_SPINS &&
		(double)loop->busy_ns <= BUSY_ELSEWHERE * 1e9 * whole_s);
}

const struct loop_model *spinner_find(const struct model *model,
				      const struct process_model *process, double *ret_per_s)
{
	struct process_range range = model_range(model, process);
	const struct loop_model *most = NULL, *loop;
	const struct process_model *each;
	double per_s, whole_s = looked_s(model);
	size_t j;

	for (each = range.first; each < range.end; each++)
		for (j = 0; j < each->loop_count; j++) {
			loop = &each->loops[j];
			per_s = whole_s > 0 ? (double)loop->iterations / whole_s : 0;
			if (!spins(loop, whole_s) || per_s < BUSY_POLLS_PER_S ||
			    (most && loop->iterations <= most->iterations))
				continue;
			most = loop;
			*ret_per_s = per_s;
		}
	return most;
}
