// SPDX-License-Identifier: GPL-2.0-or-later
/* Windows in their order: classes, changes, and the outlier window. */
#include "verdict/timeline.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"
#include "verdict/rules.h"

#define CLEAR_DISTANCE 0.10 /* from the threshold, relative to it: as confidence has it */
#define SHORTEST_PART 0.5 /* of the usual length: what is left of a shorter window is not judged */
#define LONG_STALL_PART 0.9 /* of a window: a stall of a second does not fit one of a second */
#define OTHERS_AGREE 4 /* windows: fewer are no majority to speak of */
#define STRETCH_MIN 2 /* windows: one alone is no change, it may be chance ... */
#define STRETCH_MIN_NS 1000000000ULL /* ... nor is what lasts for less */

/* A window is a part of a longer watch: it need not stand for itself. */
static void settings_of_part(const struct verdict_settings *settings, double usual_s,
			     double window_s, struct verdict_settings *ret)
{
	*ret = *settings;
	ret->threshold[THRESHOLD_MIN_WINDOW_S] =
		fmin(settings->threshold[THRESHOLD_MIN_WINDOW_S], SHORTEST_PART * usual_s);
	ret->threshold[THRESHOLD_LONG_STALL_S] = fmin(settings->threshold[THRESHOLD_LONG_STALL_S],
						      LONG_STALL_PART * fmax(window_s, 0.1));
}

/* By its signals. usual_s: how long windows of this timeline are. */
static void judge(struct timeline_window *window, const struct verdict_settings *settings,
		  double usual_s)
{
	struct verdict_settings part;
	const struct rule *rule;

	settings_of_part(settings, usual_s, window->signals.window_s, &part);
	rule = rules_first(&window->signals, &part);
	window->class = rule->class;
	window->clear = rule->class != VERDICT_INSUFFICIENT &&
			rules_distance(rule, &window->signals, &part) >= CLEAR_DISTANCE;
}

int timeline_add(struct timeline *timeline, const struct model *model,
		 const struct verdict_settings *settings)
{
	struct timeline_window *window;

	if (vec_reserve((void **)&timeline->windows, &timeline->capacity, timeline->count,
			sizeof(*timeline->windows)))
		return -ENOMEM;
	window = &timeline->windows[timeline->count++];
	window->start_ns = model->start_ns;
	window->duration_ns = model->duration_ns;
	signals_compute(model, NULL, &window->signals);
	judge(window, settings, (double)timeline->windows[0].duration_ns / 1e9);
	causes_of_window(model, &window->signals, window->class, settings, &window->cause);
	return 0;
}

/* What the signals of two windows are together. */
static void join(struct signals *signals, const struct signals *next)
{
	double stalled_s = signals->stalled * signals->window_s + next->stalled * next->window_s;
	double cpus = signals->cpu_saturation > 0 ? signals->cores / signals->cpu_saturation :
		      next->cpu_saturation > 0	  ? next->cores / next->cpu_saturation :
						    NAN;

	signals_add_times(next, signals);
	signals->window_s += next->window_s;
	signals->stalls += next->stalls;
	signals_derive(signals, cpus);
	signals->stalled = signals->window_s > 0 ? stalled_s / signals->window_s : 0;
}

void timeline_halve(struct timeline *timeline, const struct verdict_settings *settings)
{
	struct timeline_window *to, *next;
	enum verdict_class class;
	size_t i;

	for (i = 0; i < (timeline->count + 1) / 2; i++) {
		to = &timeline->windows[i];
		*to = timeline->windows[2 * i];
		if (2 * i + 1 == timeline->count)
			break;
		next = &timeline->windows[2 * i + 1];
		to->duration_ns = next->start_ns + next->duration_ns - to->start_ns;
		join(&to->signals, &next->signals);
		class = to->class;
		judge(to, settings, (double)timeline->windows[0].duration_ns / 1e9);
		/* what the part of that class was about */
		if (to->class != class && to->class == next->class)
			to->cause = next->cause;
	}
	timeline->count = (timeline->count + 1) / 2;
}

enum verdict_class timeline_mostly(const struct timeline *timeline)
{
	uint64_t ns[NR_VERDICTS] = { 0 };
	enum verdict_class best = 0, class;
	size_t i;

	for (i = 0; i < timeline->count; i++)
		ns[timeline->windows[i].class] += timeline->windows[i].duration_ns;
	for (class = 1; class < NR_VERDICTS; class ++)
		if (ns[class] > ns[best])
			best = class;
	return best;
}

void timeline_free(struct timeline *timeline)
{
	free(timeline->windows);
	memset(timeline, 0, sizeof(*timeline));
}

/* The only window of its class among those judged, all others being of one; or TIMELINE_NONE. */
static size_t only_one(const struct timeline *timeline, enum verdict_class class)
{
	size_t i, odd = TIMELINE_NONE, others = 0;

	for (i = 0; i < timeline->count; i++) {
		if (timeline->windows[i].class == VERDICT_INSUFFICIENT)
			continue;
		if (timeline->windows[i].class == class) {
			others++;
			continue;
		}
		if (odd != TIMELINE_NONE)
			return TIMELINE_NONE;
		odd = i;
	}
	return others >= OTHERS_AGREE ? odd : TIMELINE_NONE;
}

size_t timeline_odd(const struct timeline *timeline, enum verdict_class whole)
{
	size_t odd;
	int class;

	for (class = VERDICT_IDLE; class < NR_VERDICTS; class ++) {
		odd = only_one(timeline, (enum verdict_class) class);
		if (odd != TIMELINE_NONE)
			return (enum verdict_class) class == whole ? TIMELINE_NONE : odd;
	}
	return TIMELINE_NONE;
}

bool timeline_lacks(const struct timeline *timeline, enum verdict_class whole)
{
	size_t i, judged = 0;

	if (whole == VERDICT_HUNG || whole == VERDICT_LOOP_BLOCKED)
		return false; /* no sums: what held, or came, over more than a window */
	for (i = 0; i < timeline->count; i++) {
		if (timeline->windows[i].class == whole)
			return false;
		judged += timeline->windows[i].class != VERDICT_INSUFFICIENT;
	}
	return judged > OTHERS_AGREE;
}

void timeline_without(const struct timeline *timeline, size_t odd, struct signals *signals)
{
	const struct signals *part = &timeline->windows[odd].signals;
	double stalled_s = signals->stalled * signals->window_s - part->stalled * part->window_s;
	double cpus = signals->cpu_saturation > 0 ? signals->cores / signals->cpu_saturation : NAN;
	size_t i;

#define LESS(field) signals->field = fmax(0, signals->field - part->field)
	LESS(window_s);
	LESS(work_s);
	LESS(io_s);
	LESS(on_cpu_s);
	LESS(runnable_s);
	LESS(rest_s);
	LESS(wall_s);
	LESS(unobserved_s);
	LESS(lock_s);
	LESS(gil_s);
	LESS(gil_span_s);
	LESS(inner_s);
	LESS(stalls);
#undef LESS
	if (!isnan(signals->throttled_s) && !isnan(part->throttled_s))
		signals->throttled_s = fmax(0, signals->throttled_s - part->throttled_s);
	signals->longest_stall_s = 0;
	for (i = 0; i < timeline->count; i++)
		if (i != odd)
			signals->longest_stall_s =
				fmax(signals->longest_stall_s,
				     timeline->windows[i].signals.longest_stall_s);
	signals_derive(signals, cpus);
	signals->stalled = signals->window_s > 0 ? fmax(0, stalled_s) / signals->window_s : 0;
}

const struct window_cause *timeline_cause(const struct timeline *timeline,
					  const struct timeline_span *span)
{
	const struct timeline_window *window;
	size_t i;

	for (i = 0; i < timeline->count; i++) {
		window = &timeline->windows[i];
		if (window->start_ns >= span->start_ns && window->class == span->class &&
		    window->cause.cause.kind)
			return &window->cause;
	}
	return NULL;
}

/* Adds a window to the periods; one whose class is not clear belongs to the last. */
static void extend(struct timeline_span *spans, size_t *count, const struct timeline_window *window)
{
	struct timeline_span *last = *count ? &spans[*count - 1] : NULL;
	uint64_t end = window->start_ns + window->duration_ns;

	if (last && (!window->clear || last->class == window->class)) {
		last->end_ns = end;
		last->windows += window->clear;
		return;
	}
	if (!window->clear)
		return;
	spans[(*count)++] = (struct timeline_span){ window->class, window->start_ns, end, 1 };
}

size_t timeline_spans(const struct timeline *timeline, struct timeline_span *ret)
{
	struct timeline_span *all = calloc(timeline->count + 1, sizeof(*all));
	size_t count = 0, kept = 0, i;

	for (i = 0; all && i < timeline->count; i++)
		extend(all, &count, &timeline->windows[i]);
	for (i = 0; i < count; i++) {
		bool lasts = all[i].windows >= STRETCH_MIN &&
			     all[i].end_ns - all[i].start_ns >= STRETCH_MIN_NS;

		if (kept && (!lasts || all[i].class == all[kept - 1].class)) {
			all[kept - 1].end_ns = all[i].end_ns;
			continue;
		}
		if (!lasts)
			continue; /* the first: what follows begins later */
		all[kept++] = all[i];
	}
	if (count && kept)
		all[0].start_ns = timeline->windows[0].start_ns;
	for (i = 0; i < kept && i < TIMELINE_MAX_SPANS; i++)
		ret[i] = all[i];
	free(all);
	return kept;
}
