// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists what the verdict could not take into account. */
#include "verdict/unmeasured.h"

#include <math.h>
#include <string.h>

#include "analysis/hidden.h"
#include "lib/runtimes.h"
#include "states.h"

static bool has_runtime(struct process_range range, int id)
{
	const struct process_model *each;

	for (each = range.first; each < range.end; each++)
		if ((int)runtime_id_of(each->runtime) == id)
			return true;
	return false;
}

static bool without_frames(struct process_range range, int id)
{
	const struct process_model *each;

	for (each = range.first; each < range.end; each++)
		if (each->no_frames && (int)runtime_id_of(each->runtime) == id)
			return true;
	return false;
}

/* Below this part of the time at places, names would not change what is read from a report. */
#define NAMELESS_LEAST 0.1

/* An address in a file, "0x4330 (gzip)": of code outside files there are no symbols to be had. */
static bool lacks_symbols(const char *where)
{
	return !strncmp(where, "0x", 2) && !strstr(where, "(" PLACE_ANONYMOUS ")") &&
	       !strstr(where, "(" PLACE_UNKNOWN ")");
}

static bool has_nameless_places(struct process_range range)
{
	const struct process_model *each;
	const struct place_group *group;
	double all = 0, nameless = 0;
	size_t i, j;

	for (each = range.first; each < range.end; each++)
		for (i = 0; i < each->place_group_count; i++) {
			group = &each->place_groups[i];
			for (j = 0; j < group->place_count; j++) {
				all += (double)group->places[j].ns;
				if (lacks_symbols(group->places[j].where))
					nameless += (double)group->places[j].ns;
			}
		}
	return nameless > NAMELESS_LEAST * all;
}

#define LOSES(number, ident, loses) [OPTIONAL_##ident] = loses,
static const char *const part_loses[] = { BOUNDBY_OPTIONALS(LOSES) };
#undef LOSES

/* What the kernel did not let us load. Returns how many there are now in the list. */
static size_t add_left_out(uint32_t parts, const char **list, size_t count)
{
	uint32_t i;

	for (i = 0; i < NR_OPTIONALS; i++)
		if (parts & 1u << i)
			list[count++] = part_loses[i];
	return count;
}

void unmeasured_find(const struct model *model, const struct process_model *process,
		     const struct signals *s, struct verdict *verdict)
{
	struct process_range range = model_range(model, process);
	const char **list = verdict->unmeasured;
	size_t count = 0;
	int id;

	if (model->capture.depth == DEPTH_SCHED &&
	    model->capture.left_out & 1u << OPTIONAL_SWITCH_STACKS)
		list[count++] = "the place of waits in the program: before Linux 6.16 their stacks "
				"need --depth syscalls";
	if (s->has_loop && model->capture.depth == DEPTH_SCHED && !model->capture.sees_loops)
		list[count++] =
			"a loop's returns to its wait that did not sleep: only single waits count "
			"as stalls, computing does not";
	if (verdict->class != VERDICT_LOOP_BLOCKED && hidden_stall(model, process))
		list[count++] =
			"whether a thread that did not return to its event set is a blocked "
			"event loop";
	if (verdict->class == VERDICT_LOOP_BLOCKED && s->loop_of_two)
		list[count++] =
			"whether the blocked thread is an event loop: it polls two descriptors, "
			"and may only pass data from one to the other";
	list[count++] = "what an io_uring wait waits for: it counts as poll_idle";
	for (id = 0; id < NR_RUNTIMES; id++)
		if (runtime_traits((enum runtime_id)id)->unmeasured && has_runtime(range, id))
			list[count++] = runtime_traits((enum runtime_id)id)->unmeasured;
	for (id = 0; id < NR_RUNTIMES; id++)
		if (runtime_traits((enum runtime_id)id)->without_frames &&
		    without_frames(range, id))
			list[count++] = runtime_traits((enum runtime_id)id)->without_frames;
	if (has_nameless_places(range))
		list[count++] = "names of functions where a place is an address: the file in "
				"brackets has no symbols for it; install that file's -dbgsym "
				"package (-debuginfo)";
	list[count++] = "cache misses after switches: they need hardware counters";
	if (isnan(s->switch_share) && s->on_cpu_s > 0)
		list[count++] = "what switches cost: boundby check --calibrate";
	if (isnan(s->throttled_s))
		list[count++] = "CPU quota: this kernel does not show which threads are throttled";
	if (model->capture.depth == DEPTH_SCHED)
		list[count++] = "counts and times of system calls: --depth syscalls has them";
	count = add_left_out(model->capture.left_out, list, count);
	verdict->unmeasured_count = count;
}
