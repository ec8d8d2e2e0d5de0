// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Turns exit events, which may arrive before or after the snapshot, into THREAD and WAKER records.
 */
#include "collect/exits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collect/translate.h"
#include "lib/vec.h"

int exits_keep(struct exits *exits, const struct thread_exit_event *event)
{
	if (event->last.since_ns > exits->last_ns)
		exits->last_ns = event->last.since_ns;
	if (exits->queued + exits->count >= EXITS_MAX) {
		exits->dropped++;
		exits->dropped_ns += event->last.since_ns - event->last.start_ns;
		return 0;
	}
	if (vec_reserve((void **)&exits->events, &exits->capacity, exits->count,
			sizeof(*exits->events)))
		return -ENOMEM;
	exits->events[exits->count++] = *event;
	return 0;
}

struct late_record {
	uint64_t end_ns;
	struct record record;
};

int exits_keep_record(struct exits *exits, uint64_t end_ns, const struct record *record)
{
	if (exits->queued + exits->count >= EXITS_MAX)
		return -ENOMEM;
	if (vec_reserve((void **)&exits->records, &exits->record_capacity, exits->record_count,
			sizeof(*exits->records)))
		return -ENOMEM;
	exits->records[exits->record_count++] = (struct late_record){ end_ns, *record };
	return 0;
}

static int keep_histogram(struct exits *exits, uint64_t at_ns, const struct histogram_event *event,
			  const struct wait_histogram *waits)
{
	struct record record;

	if (!translate_histogram(event->id, event->state, waits, &record))
		return 0;
	return exits_keep_record(exits, at_ns, &record);
}

int exits_keep_histogram(struct exits *exits, const struct histogram_event *event)
{
	int error = 0;

	if (event->boundary_ns > exits->taken_ns)
		error = keep_histogram(exits, event->boundary_ns, event, &event->at_boundary);
	return keep_histogram(exits, event->header.at_ns, event, &event->last) ?: error;
}

/*
 * What a thread did after the boundary is the next snapshot's. A loop is known as of the end alone: rather
 * than not at all, it is reported with what came a little after the last boundary.
 */
static bool is_due(const struct late_record *late, uint64_t at_ns, bool first)
{
	return late->end_ns <= at_ns || (!first && late->record.kind != RECORD_HISTOGRAM);
}

static void take_records(struct exits *exits, uint64_t at_ns, bool first,
			 struct record_queue *queue)
{
	size_t i, kept = 0;

	for (i = 0; i < exits->record_count; i++)
		if (is_due(&exits->records[i], at_ns, first))
			record_queue_put(queue, &exits->records[i].record);
		else
			exits->records[kept++] = exits->records[i];
	/* a storm is not paid for ever, but what each window needs is kept */
	vec_shrink((void **)&exits->records, &exits->record_capacity, exits->record_count,
		   sizeof(*exits->records));
	exits->record_count = kept;
}

size_t exits_take(struct exits *exits, uint64_t at_ns, bool first, struct record_queue *queue)
{
	size_t i, kept = 0, lost = 0;

	for (i = 0; i < exits->count; i++) {
		struct thread_exit_event *event = &exits->events[i];
		bool final = event->last.since_ns <= at_ns;
		struct record record;

		if (!final)
			exits->events[kept++] = *event;
		if (event->last.start_ns > at_ns)
			continue;
		if ((!final && event->boundary_ns != at_ns) ||
		    !translate_thread(final ? &event->last : &event->at_boundary,
				      final ? event->last.since_ns : at_ns, &record)) {
			lost++;
			continue;
		}
		record_queue_put(queue, &record);
		sample_add_wakers(&event->last, queue);
		exits->queued++;
	}
	vec_shrink((void **)&exits->events, &exits->capacity, exits->count, sizeof(*exits->events));
	exits->count = kept;
	take_records(exits, at_ns, first, queue);
	if (at_ns != UINT64_MAX)
		exits->taken_ns = at_ns;
	return lost;
}

size_t exits_take_early(struct exits *exits, struct record_queue *queue)
{
	/* the next boundary will be later than any of them, whatever the clock of its CPU */
	return exits->count || exits->record_count ? exits_take(exits, UINT64_MAX, false, queue) :
						     0;
}

void exits_begin(struct exits *exits)
{
	exits->queued = 0;
}

void exits_free(struct exits *exits)
{
	free(exits->events);
	free(exits->records);
	memset(exits, 0, sizeof(*exits));
}

int sample_add_wakers(const struct thread_sample *sample, struct record_queue *queue)
{
	struct record record;
	int i, error = 0;

	for (i = 0; i < WIRE_WAKERS_LEN && !error; i++)
		if (translate_waker(sample, i, &record))
			error = record_queue_put(queue, &record);
	return error;
}

int sample_add_histograms(const struct thread_sample *sample, const struct wait_histogram *waits,
			  struct record_queue *queue)
{
	struct record record;
	uint32_t state;
	int error = 0;

	for (state = WIRE_FIRST_WAIT; state < NR_STATES && !error; state++)
		if (sample->histograms & 1u << state &&
		    translate_histogram(sample->id, state, waits++, &record))
			error = record_queue_put(queue, &record);
	return error;
}
