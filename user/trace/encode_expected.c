// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Receives rows and what the reader has of them; hands on what it takes them to be when nothing more
 * is told: as they were, or grown as they did before, with the time that passed in their state.
 */
#include <errno.h>

#include "trace/closing.h"
#include "trace/encode_parts.h"

#define ENOUGH_PART 8 /* sums go on when those of one row in so many do, of the rows that grew */

/* The state that it is in takes what its other states leave. */
static void close_row(const struct encoder *encoder, const uint8_t *old, const uint8_t *new,
		      uint8_t *expected)
{
	const struct record_thread *after = (const struct record_thread *)new;
	struct record_thread *thread = (struct record_thread *)expected;
	struct closing before;

	if (after->state >= NR_STATES)
		return;
	closing_begin(&before, (const struct record_thread *)old);
	thread->state_ns[after->state] =
		before.state_ns[after->state] + closing_rest(&before, after, encoder->from_ns);
}

static void expect_row(const struct encoder *encoder, const struct section *section, size_t i,
		       bool goes_on, uint8_t *ret)
{
	const struct known_row *known = section->known[i];

	memcpy(ret, known->values, section->kind->size);
	if (goes_on)
		steady_go_on(&known->steady, (int)(section->kind - row_kinds), encoder->from_ns,
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

/* Do so many rows grow as they did that it pays to tell the others against that? */
static bool goes_on(const struct encoder *encoder, const struct section *section)
{
	struct record scratch;
	uint8_t *as_was = record_payload_of(&scratch);
	size_t offset = 0, i, grown = 0, as_before = 0;
	size_t bytes = steady_sums((int)(section->kind - row_kinds), &offset) * sizeof(uint64_t);

	for (i = 0; i < section->count; i++) {
		const uint8_t *new = section->rows + i * section->kind->size;
		const uint8_t *expected = section->expected + i * section->kind->size;

		if (!section->known[i])
			continue;
		expect_row(encoder, section, i, false, as_was);
		if (!memcmp(as_was + offset, new + offset, bytes))
			continue;
		grown++;
		as_before += !memcmp(expected + offset, new + offset, bytes);
	}
	return as_before && as_before * ENOUGH_PART >= grown;
}

int encode_expect(const struct encoder *encoder, enum trace_part part, struct section *section)
{
	bool steady = section->kind->flags & TRACE_KIND_STEADY;

	if (!steady && !(section->kind->flags & TRACE_KIND_CLOSES))
		return 0;
	section->expected = malloc(section->count * section->kind->size);
	if (!section->expected)
		return -ENOMEM;
	if (steady && part == PART_STATE) {
		expect_rows(encoder, section, true);
		if (goes_on(encoder, section))
			return 0;
	}
	expect_rows(encoder, section, false);
	return 0;
}
