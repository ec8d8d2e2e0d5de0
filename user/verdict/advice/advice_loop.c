// SPDX-License-Identifier: GPL-2.0-or-later
/* Advice for a blocked event loop, by what its longest stalls were. */
#include <stdio.h>
#include <string.h>

#include "verdict/advice/advice_rules.h"
#include "verdict/advice/stack_words.h"
#include "verdict/causes/stalls.h"

/* A computation that has no end in sight would keep a worker just as it keeps the loop. */
static void advise_endless_computing(const struct advice *advice, const char *place)
{
	char now[VERDICT_ADVICE_LEN];

	snprintf(
		now, sizeof(now),
		"one computation%.90s has not ended in the whole window: limit its input, its time "
		"or its pattern first; in another thread it would run as long",
		place);
	advice_say(advice, "", 0, now);
}

static bool is_sleep(const struct stall_group *group)
{
	const struct wait_model *block = group->longest ? group->longest->block : NULL;

	return block && (strstr(block->call_name, "nanosleep") || block->state == STATE_SLEEP);
}

/* What to do instead of the computation or the call, by what its stack shows; false: nothing special. */
static bool advise_stack(const struct advice *advice, const struct stall_group *group,
			 const char *place)
{
	bool computing = group->cause == STALL_CPU;
	const struct stack stack = { group->longest ? group->longest->frames : NULL,
				     group->longest ? group->longest->frame_count : 0 };
	const char *remedy = group->collects ? advice->words->collector :
					       stack_remedy(&stack, computing);
	char now[VERDICT_ADVICE_LEN];

	if (!remedy)
		return false;
	if (group->collects)
		snprintf(now, sizeof(now), "the garbage collector stops the loop%.90s: %s", place,
			 remedy);
	else
		snprintf(now, sizeof(now), "the loop is blocked%.90s: %s", place, remedy);
	/* a model is named where another thread or process would do it */
	advice_say(advice, computing ? "" : advice->words->threads, 0, now);
	return true;
}

static void advise_fault(const struct advice *advice, const struct stall_group *group)
{
	bool lock = group->longest && group->longest->block &&
		    group->longest->block->object == OBJECT_MMAP_LOCK;

	advice_say(
		advice, "", 0,
		lock ? "another thread changes the address space (fork, mmap, munmap of much "
		       "memory) and keeps its lock: start children by posix_spawn or vfork, from a "
		       "small helper process, or use huge pages" :
		       "the loop waits for page faults from disk: look for swapping (vmstat 1), "
		       "lock its memory or give it more");
}

void advise_loop(const struct advice *advice)
{
	struct stall_group groups[STALL_MAX_GROUPS];
	size_t count = stalls_group(advice->model, advice->process, groups);
	char now[VERDICT_ADVICE_LEN], place[RECORD_PLACE_LEN + 8] = "";

	if (count && groups[0].where[0])
		snprintf(place, sizeof(place), " at %s", groups[0].where);
	if (count && advise_stack(advice, &groups[0], place))
		return;
	switch (count ? groups[0].cause : STALL_BLOCKING_CALL) {
	case STALL_CPU:
		if (model_loop_never_returned(advice->model, advice->process)) {
			advise_endless_computing(advice, place);
			break;
		}
		snprintf(now, sizeof(now), "move the computation%.90s off the loop: %s", place,
			 advice->words->off_computing);
		advice_say(advice, advice->words->compute, advice->cpus, now);
		break;
	case STALL_GIL:
		advice_say(
			advice, advice->words->compute, advice->cpus,
			"other threads of this interpreter compute and keep the GIL: move them into "
			"processes");
		break;
	case STALL_STARVED:
		advice_say(
			advice, "", 0,
			"the loop is runnable but gets no CPU: give it one, or run fewer threads "
			"beside it");
		break;
	case STALL_LOCK:
		snprintf(
			now, sizeof(now),
			"the loop waits for another thread%.90s: wait off the loop (%s), or let that "
			"thread hold the lock for less time",
			place, advice->words->off_call);
		advice_say(advice, advice->words->threads, 0, now);
		break;
	case STALL_PAGE_FAULT:
		advise_fault(advice, &groups[0]);
		break;
	default:
		snprintf(now, sizeof(now), "move the call%.90s off the loop: %s", place,
			 count && is_sleep(&groups[0]) ? advice->words->off_sleep :
							 advice->words->off_call);
		advice_say(advice, advice->words->threads, 0, now);
	}
}
