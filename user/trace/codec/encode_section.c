// SPDX-License-Identifier: GPL-2.0-or-later
/* Encodes the difference between rows and what the reader has of them. */
#include <errno.h>
#include <stdio.h>

#include "trace/codec/encode_parts.h"

#define TEXT_MAX 255 /* no field is longer */

/* ---- strings --------------------------------------------------------------------------------- */
/* Writes the number of a text, and at its first use the text. 0 or -ENOMEM. */
static int put_string(struct encoder *encoder, const char *text, size_t size, struct buffer *ret)
{
	size_t known = encoder->strings.count, position;
	char whole[TEXT_MAX + 1];

	/* a text that fills its field is not terminated */
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
/* How the numbers of a column are encoded. */
struct coding {
	uint64_t to_ns;
	unsigned int shift; /* all of them are written without this many low bits, which are 0 */
};

static uint64_t coded_time(uint64_t value, const struct coding *coding)
{
	return value ? zigzag((uint64_t)((int64_t)(coding->to_ns - value) >> coding->shift)) + 1 :
		       0;
}

static uint64_t coded_sum(uint64_t grown, const struct coding *coding)
{
	return zigzag((uint64_t)((int64_t)grown >> coding->shift));
}

/* Whether the field equals what the reader derives when it is not written. */
static bool is_expected(const struct encoder *encoder, const struct section *section, size_t i,
			const struct field *field, const uint8_t *old, const uint8_t *new)
{
	const struct known_row *known = section->known[i];
	uint64_t age;

	switch (field->coding) {
	case TRACE_NOW:
		return field_get(field, new, 0) == encoder->to_ns;
	case TRACE_AGE:
		if (!state_entry_age(&encoder->entered,
				     state_entry_tid((int)(section->kind - row_kinds), new),
				     encoder->from_ns, encoder->to_ns, &age)) {
			if (!known)
				return false;
			age = field_get(field, old, 0) + (encoder->to_ns - known->to_ns);
		}
		return age == field_get(field, new, 0);
	case TRACE_TEXT:
		return !strncmp((const char *)old + field->offset,
				(const char *)new + field->offset, field->count);
	default:
		return !memcmp(old + field->offset, new + field->offset,
			       (size_t)field->width * field->count);
	}
}

static void put_number(const struct field *field, const struct coding *coding, const uint8_t *old,
		       const uint8_t *new, size_t element, struct buffer *ret)
{
	uint64_t value = field_get(field, new, element);

	switch (field->coding) {
	case TRACE_TIME:
	case TRACE_NOW:
		put_varint(ret, coded_time(value, coding));
		break;
	case TRACE_SUM:
		put_varint(ret, coded_sum(value - field_get(field, old, element), coding));
		break;
	default:
		put_varint(ret, zigzag(value));
	}
}

/* Only the elements that changed. */
static void put_array(const struct field *field, const struct coding *coding, const uint8_t *old,
		      const uint8_t *new, struct buffer *ret)
{
	size_t i, changed = 0, next = 0;

	for (i = 0; i < field->count; i++)
		changed += field_get(field, old, i) != field_get(field, new, i);
	put_varint(ret, changed);
	for (i = 0; i < field->count; i++) {
		if (field_get(field, old, i) == field_get(field, new, i))
			continue;
		put_varint(ret, i - next);
		put_number(field, coding, old, new, i, ret);
		next = i + 1;
	}
}

static int put_field(struct encoder *encoder, const struct field *field,
		     const struct coding *coding, const uint8_t *old, const uint8_t *new,
		     struct buffer *ret)
{
	if (field->coding == TRACE_TEXT)
		return put_string(encoder, (const char *)new + field->offset, field->count, ret);
	if (field->count > 1)
		put_array(field, coding, old, new, ret);
	else
		put_number(field, coding, old, new, 0, ret);
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

/* What the reader derives for a row that is not written. */
static const uint8_t *old_values(const struct section *section, size_t i)
{
	static const uint8_t nothing[sizeof(struct record)];

	if (!section->known[i])
		return nothing;
	return section->expected ? section->expected + i * section->kind->size :
				   section->known[i]->values;
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
	size_t i, j;

	for (i = 0; i < section->count; i++) {
		const uint8_t *new = section->rows + i * section->kind->size;
		const uint8_t *old = old_values(section, i);
		section->masks[i] = 0;
		for (j = 0; j < section->kind->field_count; j++)
			if (!is_expected(encoder, section, i, &section->kind->fields[j], old, new))
				section->masks[i] |= 1ULL << j;
		/* what closes a row is written with it: a reader may have missed it before */
		if (section->masks[i] && section->kind->flags & TRACE_KIND_CLOSES &&
		    !section->goes_on)
			section->masks[i] |= state_bit(section->kind);
	}
}

/* Number of low bits that are 0 in all values of a column, over the rows that have it. */
static unsigned int column_shift(const struct encoder *encoder, const struct section *section,
				 size_t number)
{
	const struct field *field = &section->kind->fields[number];
	uint64_t bits = 0, old, new;
	size_t i, j;

	for (i = 0; i < section->count; i++)
		for (j = 0; section->masks[i] & 1ULL << number && j < field->count; j++) {
			old = field_get(field, old_values(section, i), j);
			new = field_get(field, section->rows + i * section->kind->size, j);
			if (field->coding == TRACE_SUM)
				bits |= new - old;
			else if (new)
				bits |= encoder->to_ns - new;
		}
	return bits ? (unsigned int)__builtin_ctzll(bits) : 0;
}

static uint64_t element_mask(const struct section *section, size_t i, const struct field *field)
{
	const uint8_t *new = section->rows + i * section->kind->size;
	uint64_t mask = 0;
	size_t j;

	for (j = 0; j < field->count; j++)
		if (field_get(field, old_values(section, i), j) != field_get(field, new, j))
			mask |= 1ULL << j;
	return mask;
}

/*
 * The elements that each row has, then the values element by element, so that similar ones are
 * adjacent.
 */
static void put_elements(const struct section *section, size_t number, const struct coding *coding,
			 struct buffer *ret)
{
	const struct field *field = &section->kind->fields[number];
	uint64_t any = 0;
	size_t i, j;

	for (i = 0; i < section->count; i++) {
		section->elements[i] = 0;
		if (!(section->masks[i] & 1ULL << number))
			continue;
		section->elements[i] = element_mask(section, i, field);
		any |= section->elements[i];
		put_varint(ret, section->elements[i]);
	}
	for (j = 0; j < field->count; j++)
		for (i = 0; any & 1ULL << j && i < section->count; i++)
			if (section->elements[i] & 1ULL << j)
				put_number(field, coding, old_values(section, i),
					   section->rows + i * section->kind->size, j, ret);
}

/* Of all rows that have it. 0 or -ENOMEM. */
static int put_column(struct encoder *encoder, const struct section *section, size_t number,
		      struct buffer *ret)
{
	const struct field *field = &section->kind->fields[number];
	struct coding coding = { .to_ns = encoder->to_ns };
	bool first = true;
	size_t i;
	int error = 0;

	for (i = 0; i < section->count && !error; i++) {
		if (!(section->masks[i] & 1ULL << number))
			continue;
		if (first && section->goes_on && coding_shifts(field->coding)) {
			coding.shift = column_shift(encoder, section, number);
			put_varint(ret, coding.shift);
			if (coding_by_elements(field->coding, field->count)) {
				put_elements(section, number, &coding, ret);
				return 0;
			}
		}
		first = false;
		error = put_field(encoder, field, &coding, old_values(section, i),
				  section->rows + i * section->kind->size, ret);
	}
	return error;
}

int encode_section(struct encoder *encoder, struct section *section, struct buffer *ret)
{
	bool once = section->kind->flags & TRACE_KIND_ONCE;
	size_t j;
	int error = 0;

	put_varint(ret, (uint64_t)(section->kind - row_kinds) + 1);
	put_varint(ret, section->count);
	if (section->kind->flags & TRACE_KIND_STEADY)
		put_varint(ret, section->goes_on);
	if (!once)
		put_serials(section->serials, section->count, ret);
	find_masks(encoder, section);
	put_masks(section, ret);
	for (j = 0; j < section->kind->field_count && !error; j++)
		error = put_column(encoder, section, j, ret);
	return error;
}
