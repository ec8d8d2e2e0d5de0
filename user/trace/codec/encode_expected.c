// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Computes what the reader derives for rows that are not written: unchanged values, or values that
 * grew as before, with the time that passed added to their state.
 */
#include <errno.h>

#include "trace/codec/residual.h"
#include "trace/codec/encode_parts.h"

#define ENOUGH_PART 8 /* sums are predicted if one time in this many grows as predicted */

/* The state that it is in takes what its other states leave. */
static void close_row(const struct encoder *encoder, const uint8_t *old, const uint8_t *new,
		      uint8_t *expected)
{
	const struct record_thread *after = (const struct record_thread *)new;
	struct record_thread *thread = (struct record_thread *)expected;
	struct residual before;

	if (after->state >= NR_STATES)
		return;
	residual_begin(&before, (const struct record_thread *)old);
	thread->state_ns[after->state] =
		before.state_ns[after->state] + residual_of(&before, after, encoder->from_ns);
}

static void expect_row(const struct encoder *encoder, const struct section *section, size_t i,
		       bool goes_on, uint8_t *ret)
{
	const struct known_row *known = section->known[i];

	memcpy(ret, known->values, section->kind->size);
	if (goes_on)
		predict_go_on(&known->steady, (int)(section->kind - row_kinds), encoder->from_ns,
			      encoder->to_ns, ret);
	if (section->kind->flags & TRACE_KIND_CLOSES)
		close_row(encoder, known->values, section->rows + i * section->kind->size, ret);
}

static void expect_rows(const struct encoder *encoder, struct section *section, bool goes_on)
{
	size_t i;

	section->goes_on = goes_on;
	for (i = 0; i < section->count; i++)
		if (section->known[i])
			expect_row(encoder, section, i, goes_on,
				   section->expected + i * section->kind->size);
}

/*
 * Counts the times that were predicted to grow by their step, and those that did: a time that was
 * not quantized towards its step does so only by coincidence.
 */
static void count_times(const struct encoder *encoder, const struct section *section, size_t i,
			size_t *ret_steps, size_t *ret_held)
{
	int row = (int)(section->kind - row_kinds);
	const uint8_t *new = section->rows + i * section->kind->size;
	const struct known_row *known = section->known[i];
	struct record scratch;
	size_t offset = 0, from = 0, to, j;
	const uint64_t *was, *expected, *is;

	to = predict_times(row, &from, &offset);
	expect_row(encoder, section, i, true, record_payload_of(&scratch));
	was = (const uint64_t *)(known->values + offset);
	is = (const uint64_t *)(new + offset);
	expected = (const uint64_t *)((uint8_t *)record_payload_of(&scratch) + offset);
	for (j = from; j < to; j++) {
		if (expected[j] == was[j] ||
		    (row == ROW_THREAD && j == ((const struct record_thread *)new)->state))
			continue;
		++*ret_steps;
		*ret_held += expected[j] == is[j];
	}
}

static bool goes_on(const struct encoder *encoder, const struct section *section)
{
	size_t i, steps = 0, held = 0;

	for (i = 0; i < section->count; i++)
		if (section->known[i])
			count_times(encoder, section, i, &steps, &held);
	return held && held * ENOUGH_PART >= steps;
}

int encode_expect(const struct encoder *encoder, enum trace_part part, struct section *section)
{
	bool steady = section->kind->flags & TRACE_KIND_STEADY;

	if (!steady && !(section->kind->flags & TRACE_KIND_CLOSES))
		return 0;
	section->expected = malloc(section->count * section->kind->size);
	if (!section->expected)
		return -ENOMEM;
	expect_rows(encoder, section, steady && part == PART_STATE && goes_on(encoder, section));
	return 0;
}
