// SPDX-License-Identifier: GPL-2.0-or-later
/* Sums up the places of computing by what their stacks show. */
#include "analysis/computing.h"

#include <string.h>

#include "lib/collectors.h"

#define CALLS_MAX 32 /* that are counted apart; those that come later are of the least */

/* Time in one call. */
struct in_call {
	const char *name;
	uint64_t ns;
};

bool computing_collects(const struct model *model, const struct place_model *place)
{
	return place->frame && model->frames[place->frame - 1].collects;
}

bool computing_stack_collects(char (*frames)[RECORD_PLACE_LEN], size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (collector_frame(frames[i], i + 1 < count ? frames[i + 1] : "",
				    i + 2 < count ? frames[i + 2] : ""))
			return true;
	return false;
}

static const struct place_group *group_of(const struct process_model *process)
{
	size_t i;

	for (i = 0; i < process->place_group_count; i++)
		if (process->place_groups[i].site.state == STATE_ON_CPU &&
		    !process->place_groups[i].lock)
			return &process->place_groups[i];
	return NULL;
}

/*
 * By samples, and by the names of the runtime's threads where their stacks could not be read. What both
 * tell is the same time.
 */
static uint64_t collector_ns(const struct model *model, const struct process_model *process)
{
	const struct place_group *group = group_of(process);
	uint64_t by_stacks = 0, by_names = 0;
	size_t i;

	for (i = 0; group && i < group->place_count; i++)
		if (computing_collects(model, &group->places[i]))
			by_stacks += group->places[i].ns;
	for (i = 0; i < process->thread_count; i++)
		if (collector_thread(process->runtime, process->threads[i].comm))
			by_names += process->threads[i].time.state_ns[STATE_ON_CPU];
	return by_stacks > by_names ? by_stacks : by_names;
}

static void add_call(struct in_call *calls, const char *name, uint64_t ns)
{
	size_t i;

	for (i = 0; i < CALLS_MAX && calls[i].name && strcmp(calls[i].name, name); i++)
		;
	if (i == CALLS_MAX)
		return;
	calls[i].name = name;
	calls[i].ns += ns;
}

static void add_calls(struct in_call *calls, const struct process_model *process)
{
	const struct place_group *group = group_of(process);
	size_t i;

	for (i = 0; group && i < group->place_count; i++)
		if (group->places[i].call_name[0])
			add_call(calls, group->places[i].call_name, group->places[i].ns);
}

static uint64_t call_ns(const struct process_model *process, const char *name)
{
	const struct place_group *group = group_of(process);
	uint64_t sum = 0;
	size_t i;

	for (i = 0; group && i < group->place_count; i++)
		if (!strcmp(group->places[i].call_name, name))
			sum += group->places[i].ns;
	return sum;
}

static void fill_call(const struct process_range *range, double whole, struct computing *ret)
{
	struct in_call calls[CALLS_MAX] = { { NULL, 0 } };
	const struct process_model *each;
	uint64_t ns, most = 0;
	size_t i, first = 0;

	for (each = range->first; each < range->end; each++)
		add_calls(calls, each);
	for (i = 0; i < CALLS_MAX && calls[i].name; i++)
		if (calls[i].ns > calls[first].ns)
			first = i;
	if (!calls[first].name)
		return;
	strncpy(ret->call, calls[first].name, sizeof(ret->call) - 1);
	ret->in_call = (double)calls[first].ns / whole;
	for (each = range->first; each < range->end; each++) {
		ns = call_ns(each, ret->call);
		if (ns <= most)
			continue;
		most = ns;
		ret->calls = each;
	}
}

void computing_split(const struct model *model, const struct process_model *process,
		     struct computing *ret)
{
	const struct ledger *time = process ? &process->time : &model->time;
	double whole = (double)time->state_ns[STATE_ON_CPU];
	struct process_range range = model_range(model, process);
	const struct process_model *each;
	uint64_t ns, sum = 0, most = 0;

	memset(ret, 0, sizeof(*ret));
	if (!(whole > 0))
		return;
	for (each = range.first; each < range.end; each++) {
		ns = collector_ns(model, each);
		sum += ns;
		if (ns <= most)
			continue;
		most = ns;
		ret->collects = each;
	}
	ret->collector = (double)sum / whole;
	fill_call(&range, whole, ret);
}
