// SPDX-License-Identifier: GPL-2.0-or-later
/* Receives rows and what the reader has of them; hands on the bytes that tell the difference. */
#include <errno.h>
#include <stdio.h>

#include "trace/closing.h"
#include "trace/encode_parts.h"

#define TEXT_MAX 255 /* no field is longer */

/* ---- strings --------------------------------------------------------------------------------- */
/* Writes the number of a text, and at its first use the text. 0 or -ENOMEM. */
static int put_string(struct encoder *encoder, const char *text, size_t size, struct buffer *ret)
{
	size_t known = encoder->strings.count, position;
	char whole[TEXT_MAX + 1];

	/* a text that fills its field has no end of its own */
	snprintf(whole, sizeof(whole), "%.*s", (int)size, text);
	if (texts_add(&encoder->strings, whole, &position))
		return -ENOMEM;
	if (position < known) {
		put_varint(ret, position + 1);
		return 0;
	}
	put_varint(ret, 0);
	put_text(ret, whole, strlen(whole));
	return 0;
}

/* ---- values ---------------------------------------------------------------------------------- */
static uint64_t coded_time(uint64_t value, uint64_t to_ns)
{
	return value ? zigzag(to_ns - value) + 1 : 0;
}

/* Is the field as the reader takes it to be when it is told nothing? */
static bool is_expected(const struct encoder *encoder, const struct section *section, size_t i,
			const struct field *field, const uint8_t *old, const uint8_t *new)
{
	const struct known_row *known = section->known[i];
	uint64_t age;

	switch (field->coding) {
	case TRACE_NOW:
		return field_get(field, new, 0) == encoder->to_ns;
	case TRACE_AGE:
		return entered_age(&encoder->entered,
				   entered_tid((int)(section->kind - row_kinds), new),
				   encoder->from_ns, encoder->to_ns, known,
				   field_get(field, old, 0), known ? known->to_ns : 0, &age) &&
		       age == field_get(field, new, 0);
	case TRACE_TEXT:
		return !strncmp((const char *)old + field->offset,
				(const char *)new + field->offset, field->count);
	default:
		return !memcmp(old + field->offset, new + field->offset,
			       (size_t)field->width * field->count);
	}
}

static void put_number(const struct field *field, const uint8_t *old, const uint8_t *new,
		       size_t element, uint64_t to_ns, struct buffer *ret)
{
	uint64_t value = field_get(field, new, element);

	switch (field->coding) {
	case TRACE_TIME:
	case TRACE_NOW:
		put_varint(ret, coded_time(value, to_ns));
		break;
	case TRACE_SUM:
		put_varint(ret, zigzag(value - field_get(field, old, element)));
		break;
	default:
		put_varint(ret, zigzag(value));
	}
}

/* Only the elements that changed. */
static void put_array(const struct field *field, const uint8_t *old, const uint8_t *new,
		      uint64_t to_ns, struct buffer *ret)
{
	size_t i, changed = 0, next = 0;

	for (i = 0; i < field->count; i++)
		changed += field_get(field, old, i) != field_get(field, new, i);
	put_varint(ret, changed);
	for (i = 0; i < field->count; i++) {
		if (field_get(field, old, i) == field_get(field, new, i))
			continue;
		put_varint(ret, i - next);
		put_number(field, old, new, i, to_ns, ret);
		next = i + 1;
	}
}

static int put_field(struct encoder *encoder, const struct field *field, const uint8_t *old,
		     const uint8_t *new, struct buffer *ret)
{
	if (field->coding == TRACE_TEXT)
		return put_string(encoder, (const char *)new + field->offset, field->count, ret);
	if (field->count > 1)
		put_array(field, old, new, encoder->to_ns, ret);
	else
		put_number(field, old, new, 0, encoder->to_ns, ret);
	return 0;
}

/* ---- sections -------------------------------------------------------------------------------- */
static void put_serials(const uint64_t *serials, size_t count, struct buffer *ret)
{
	uint64_t expected = 1;
	size_t i, length;

	for (i = 0; i < count; i += length) {
		for (length = 1; i + length < count; length++)
			if (serials[i + length] != serials[i] + length)
				break;
		put_varint(ret, zigzag(serials[i] - expected));
		put_varint(ret, length - 1);
		expected = serials[i] + length;
	}
}

/* New rows have their mask even when it is 0: it bounds how many there can be. */
static void put_masks(const struct section *section, struct buffer *ret)
{
	size_t i, run;

	for (i = 0; i < section->count; i += run) {
		run = 1;
		put_varint(ret, section->masks[i]);
		if (section->masks[i] || !section->known[i])
			continue;
		while (i + run < section->count && section->known[i + run] &&
		       !section->masks[i + run])
			run++;
		put_varint(ret, run - 1);
	}
}

/* The old values of a row, with what the reader will work out by itself already in them. */
static const uint8_t *old_values(const struct encoder *encoder, const struct section *section,
				 size_t i, struct record_thread *scratch)
{
	static const uint8_t nothing[sizeof(struct record)];
	const uint8_t *new = section->rows + i * section->kind->size;
	const struct record_thread *after;
	struct closing before;

	if (!section->known[i])
		return nothing;
	if (!(section->kind->flags & TRACE_KIND_CLOSES))
		return section->known[i]->values;
	after = (const struct record_thread *)new;
	memcpy(scratch, section->known[i]->values, sizeof(*scratch));
	closing_begin(&before, scratch);
	if (after->state < NR_STATES)
		scratch->state_ns[after->state] += closing_rest(&before, after, encoder->from_ns);
	return (const uint8_t *)scratch;
}

static uint64_t state_bit(const struct row_kind *kind)
{
	size_t j;

	for (j = 0; j < kind->field_count; j++)
		if (kind->fields[j].offset == offsetof(struct record_thread, state))
			return 1ULL << j;
	return 0;
}

static void find_masks(struct encoder *encoder, struct section *section)
{
	struct record_thread scratch;
	size_t i, j;

	for (i = 0; i < section->count; i++) {
		const uint8_t *new = section->rows + i * section->kind->size;
		const uint8_t *old = old_values(encoder, section, i, &scratch);
		section->masks[i] = 0;
		for (j = 0; j < section->kind->field_count; j++)
			if (!is_expected(encoder, section, i, &section->kind->fields[j], old, new))
				section->masks[i] |= 1ULL << j;
		/* what closes a row is told with it: a reader may have missed it before */
		if (section->masks[i] && section->kind->flags & TRACE_KIND_CLOSES)
			section->masks[i] |= state_bit(section->kind);
	}
}

int encode_section(struct encoder *encoder, struct section *section, struct buffer *ret)
{
	bool once = section->kind->flags & TRACE_KIND_ONCE;
	struct record_thread scratch;
	size_t i, j;
	int error = 0;

	put_varint(ret, (uint64_t)(section->kind - row_kinds) + 1);
	put_varint(ret, section->count);
	if (!once)
		put_serials(section->serials, section->count, ret);
	find_masks(encoder, section);
	put_masks(section, ret);
	for (j = 0; j < section->kind->field_count; j++)
		for (i = 0; i < section->count && !error; i++)
			if (section->masks[i] & 1ULL << j)
				error = put_field(encoder, &section->kind->fields[j],
						  old_values(encoder, section, i, &scratch),
						  section->rows + i * section->kind->size, ret);
	return error;
}
