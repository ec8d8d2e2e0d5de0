// SPDX-License-Identifier: GPL-2.0-or-later
/* Findings about what was not measured, not kept, or could not be determined. */
#include <stdio.h>
#include <string.h>

#include "lib/state_names.h"
#include "lib/units.h"
#include "verdict/findings/findings.h"

#define SAY(ret, ...) snprintf((ret)->detail, sizeof((ret)->detail), __VA_ARGS__)

/* The share is of what was given up for longest. */
bool finding_given_up(const struct findings_input *input, struct verdict_finding *ret)
{
	const struct model *model = input->model;
	char text[160] = "", share[UNITS_LEN];
	uint64_t longest = 0, ns;
	size_t length = 0;
	int i;

	for (i = 0; i < NR_DETAILS && length < sizeof(text); i++) {
		ns = model->overhead.given_up_ns[i];
		if (!ns || !model->duration_ns)
			continue;
		if (ns > longest)
			longest = ns;
		units_share((double)ns / (double)model->duration_ns, share);
		length += (size_t)snprintf(
			text + length, sizeof(text) - length, "%s%s for %s", length ? ", " : "",
			i == DETAIL_AT_CONTINUOUS ? "watching itself" : detail_name((uint32_t)i),
			share);
	}
	if (!longest)
		return false;
	ret->value = (double)longest / (double)model->duration_ns;
	SAY(ret, "reduced to stay within the budget: %s of the time", text);
	return true;
}

static uint64_t signal_wait_ns(const struct findings_input *input)
{
	struct process_range range = model_range(input->model, input->process);
	const struct process_model *process;
	uint64_t sum = 0;

	for (process = range.first; process < range.end; process++)
		sum += model_signal_ns(process);
	return sum;
}

bool finding_unclassified(const struct findings_input *input, struct verdict_finding *ret)
{
	const struct ledger *time = input->process ? &input->process->time : &input->model->time;
	const struct signals *s = input->signals;
	uint64_t ns = time->state_ns[STATE_OTHER], rest = signal_wait_ns(input);
	double other = s->wall_s > 0 && ns > rest ? (double)(ns - rest) / 1e9 / s->wall_s : 0;
	char share[UNITS_LEN];

	if (other < 0.1 || input->class == VERDICT_IDLE)
		return false;
	ret->value = other;
	SAY(ret, "%s of the time is in calls that are neither work nor rest for certain",
	    units_share(other, share));
	return true;
}

bool finding_dropped_locks(const struct findings_input *input, struct verdict_finding *ret)
{
	if (!input->model->lock_dropped)
		return false;
	ret->value = (double)input->model->lock_dropped;
	SAY(ret,
	    "%llu futex waits were at more locks than can be kept: their time is "
	    "counted, but for no lock",
	    (unsigned long long)input->model->lock_dropped);
	return true;
}

bool finding_dropped_stacks(const struct findings_input *input, struct verdict_finding *ret)
{
	if (!input->model->stacks_dropped)
		return false;
	ret->value = (double)input->model->stacks_dropped;
	SAY(ret, "%llu stacks of long waits, or of stalls, were left out",
	    (unsigned long long)input->model->stacks_dropped);
	return true;
}

bool finding_lost_names(const struct findings_input *input, struct verdict_finding *ret)
{
	if (!input->model->names_lost)
		return false;
	ret->value = (double)input->model->names_lost;
	SAY(ret,
	    "%llu times a place, a name or a runtime is not known: a program's files or memory could "
	    "not be read in time, or boundby-reader, which reads them, was ended",
	    (unsigned long long)input->model->names_lost);
	return true;
}

bool finding_dropped_events(const struct findings_input *input, struct verdict_finding *ret)
{
	if (!input->model->intervals_dropped)
		return false;
	ret->value = (double)input->model->intervals_dropped;
	SAY(ret,
	    "%llu intervals off the CPU came too fast to be recorded one by one; they are in all sums",
	    (unsigned long long)input->model->intervals_dropped);
	return true;
}

bool finding_unobserved(const struct findings_input *input, struct verdict_finding *ret)
{
	const struct signals *s = input->signals;
	char share[UNITS_LEN];

	if (!(s->unobserved_s > 0.001 * s->wall_s))
		return false;
	ret->value = s->unobserved_s / s->wall_s;
	SAY(ret, "%s of the time could not be observed", units_share(ret->value, share));
	return true;
}
