// SPDX-License-Identifier: GPL-2.0-or-later
/* Decodes the sections of one part of a chunk into rows with the values they contain. */
#include <errno.h>

#include "lib/units.h"
#include "lib/vec.h"
#include "trace/codec/residual.h"
#include "trace/codec/decode_parts.h"

/* A section while it is read. */
struct section {
	const struct file_kind *kind;
	size_t count;
	struct slot {
		struct decoded_row *row; /* NULL: a one-shot row, or its chunk is lost */
		uint8_t *values; /* where its fields go; NULL: nowhere */
		uint64_t mask, elements; /* of the fields; of an array */
		bool known;
		bool frozen; /* the prediction for its sums was in a chunk that is lost */
	} * slots;
	uint64_t any; /* masks of all, one over the other */
	struct residual *before; /* of a kind that closes: as they were; else NULL */
	bool goes_on; /* sums are predicted where nothing is written */
};

/* How the numbers of a column are encoded. */
struct coding {
	uint64_t to_ns;
	unsigned int shift; /* low bits that were left out, all 0 */
};

/* ---- values ---------------------------------------------------------------------------------- */
static uint64_t value_of(const struct file_field *field, const struct coding *coding,
			 uint64_t coded, uint64_t old)
{
	switch (field->coding) {
	case TRACE_TIME:
	case TRACE_NOW:
		return coded ? coding->to_ns - (unzigzag(coded - 1) << coding->shift) : 0;
	case TRACE_SUM:
		return old + (unzigzag(coded) << coding->shift);
	default:
		return unzigzag(coded);
	}
}

static void set_value(const struct file_field *field, const struct coding *coding, uint8_t *values,
		      size_t element, uint64_t coded)
{
	uint64_t value;

	if (!values || !field->local || element >= field->local->count)
		return;
	value = field->coding == TRACE_SUM ? field_get(field->local, values, element) : 0;
	value = value_of(field, coding, coded, value);
	/* a single byte is a truth value */
	if (field->local->width == 1 && field->local->count == 1)
		value = value != 0;
	field_set(field->local, values, element, value);
}

static int read_array(struct cursor *cursor, const struct file_field *field,
		      const struct coding *coding, uint8_t *values)
{
	uint64_t changed = get_varint(cursor), gap, at = 0;

	if (cursor->bad || changed > field->count)
		return -EINVAL;
	for (; changed; changed--, at++) {
		gap = get_varint(cursor);
		if (gap >= field->count - at)
			return -EINVAL;
		at += gap;
		set_value(field, coding, values, at, get_varint(cursor));
		if (cursor->bad)
			return -EINVAL;
	}
	return 0;
}

/*
 * Names of threads are shown as the kernel has them, and cleaned where they are printed. All other
 * texts were printable when they were written: what is not now could only fool a terminal.
 */
static int read_text(struct decoded_table *table, struct cursor *cursor,
		     const struct file_field *field, uint8_t *values)
{
	char clean[256];
	const char *text;
	int error = table_string(table, cursor, &text);
	size_t length;

	if (error || !values || !field->local)
		return error;
	if (strcmp(field->local->name, "comm"))
		text = units_printable(text, strlen(text), clean, sizeof(clean));
	length = strlen(text);
	if (length > field->local->count - 1U)
		length = field->local->count - 1U;
	memset(values + field->local->offset, 0, field->local->count);
	memcpy(values + field->local->offset, text, length);
	return 0;
}

/* The value of this field when it is not written. */
static void read_absent(const struct decoder *decoder, const struct section *section,
			const struct file_field *field, const struct slot *slot)
{
	uint64_t age;

	if (!slot->values || !field->local)
		return;
	if (field->coding == TRACE_NOW)
		field_set(field->local, slot->values, 0, decoder->to_ns);
	if (field->coding != TRACE_AGE || !slot->row)
		return;
	if (!state_entry_age(&decoder->entered, state_entry_tid(section->kind->row, slot->values),
			     decoder->from_ns, decoder->to_ns, &age)) {
		age = field_get(field->local, slot->values, 0) +
		      (decoder->to_ns - slot->row->to_ns);
		if (!slot->known)
			slot->row->stale = true; /* its thread is of a chunk that is lost */
	}
	field_set(field->local, slot->values, 0, age);
}

/* The encoding of a column that at least one row has. 0 or -EINVAL. */
static int read_coding(const struct decoder *decoder, struct cursor *cursor,
		       const struct section *section, size_t number, struct coding *ret)
{
	uint64_t shift;

	*ret = (struct coding){ .to_ns = decoder->to_ns };
	if (!section->goes_on || !coding_shifts(section->kind->fields[number].coding) ||
	    !(section->any & 1ULL << number))
		return 0;
	shift = get_varint(cursor);
	if (cursor->bad || shift > 63)
		return -EINVAL;
	ret->shift = (unsigned int)shift;
	return 0;
}

/* Where the sums of a row go; NULL: nowhere. */
static uint8_t *sums_of(const struct slot *slot)
{
	return slot->frozen ? NULL : slot->values;
}

/* A field of a row that is present in the section. */
static int read_present(struct decoder *decoder, struct cursor *cursor,
			const struct file_field *field, const struct coding *coding,
			const struct slot *slot)
{
	uint8_t *values = field->coding == TRACE_SUM ? sums_of(slot) : slot->values;

	if (field->coding == TRACE_TEXT)
		return read_text(&decoder->table, cursor, field, values);
	if (field->count > 1)
		return read_array(cursor, field, coding, values);
	set_value(field, coding, values, 0, get_varint(cursor));
	return 0;
}

/* An array of sums encoded element by element. 0 or -EINVAL. */
static int read_elements(struct cursor *cursor, const struct section *section, size_t number,
			 const struct coding *coding)
{
	const struct file_field *field = &section->kind->fields[number];
	uint64_t bit = 1ULL << number, any = 0;
	size_t i, j;

	for (i = 0; i < section->count; i++) {
		section->slots[i].elements = section->slots[i].mask & bit ? get_varint(cursor) : 0;
		any |= section->slots[i].elements;
	}
	if (cursor->bad || (field->count < 64 && any >> field->count))
		return -EINVAL;
	for (j = 0; j < field->count; j++)
		for (i = 0; any & 1ULL << j && i < section->count; i++)
			if (section->slots[i].elements & 1ULL << j)
				set_value(field, coding, sums_of(&section->slots[i]), j,
					  get_varint(cursor));
	return cursor->bad ? -EINVAL : 0;
}

/* Of all rows of the section, those that have it. */
static int read_column(struct decoder *decoder, struct cursor *cursor,
		       const struct section *section, size_t number)
{
	const struct file_field *field = &section->kind->fields[number];
	struct coding coding;
	size_t i;
	int error;

	/* most fields do not change in most windows */
	if (!(section->any & 1ULL << number) && field->coding != TRACE_NOW &&
	    field->coding != TRACE_AGE)
		return 0;
	error = read_coding(decoder, cursor, section, number, &coding);
	if (!error && section->goes_on && coding_by_elements(field->coding, field->count))
		return read_elements(cursor, section, number, &coding);
	for (i = 0; i < section->count && !error; i++) {
		const struct slot *slot = &section->slots[i];

		if (slot->mask & 1ULL << number)
			error = read_present(decoder, cursor, field, &coding, slot);
		else
			read_absent(decoder, section, field, slot);
		if (cursor->bad)
			error = -EINVAL;
	}
	return error;
}

/* ---- sections -------------------------------------------------------------------------------- */
/* The row of a serial; new ones come in their order. */
static int find_row(struct decoder *decoder, const struct file_kind *kind, uint64_t serial,
		    uint64_t first_new, uint64_t mark, struct slot *slot)
{
	struct decoded_table *table = &decoder->table;
	int error;

	slot->row = table_row(table, serial);
	slot->known = slot->row || serial < first_new;
	if (!slot->known) {
		if (serial != table->next_serial)
			return -EINVAL;
		error = table_add_row(table, serial, kind->row, &slot->row);
		if (error)
			return error;
		slot->row->gaps = decoder->gaps;
		slot->row->returns = kind->flags & TRACE_KIND_RETURNS;
		table->next_serial++;
	}
	if (!slot->row)
		return decoder->gap && decoder->unknown_left-- ? 0 : -EINVAL;
	if (slot->row->part == mark || slot->row->row != kind->row)
		return -EINVAL;
	slot->row->part = mark;
	slot->values = slot->row->values;
	return 0;
}

static int read_serials(struct decoder *decoder, struct cursor *cursor, struct section *section,
			uint64_t first_new, uint64_t mark)
{
	uint64_t serial = 1, length;
	size_t i = 0;
	int error = 0;

	while (i < section->count && !error) {
		serial += unzigzag(get_varint(cursor));
		length = get_varint(cursor);
		if (cursor->bad || length >= section->count - i || !serial || serial > MAX_SERIALS)
			return -EINVAL;
		for (length++; length && !error; length--)
			error = find_row(decoder, section->kind, serial++, first_new, mark,
					 &section->slots[i++]);
	}
	return error;
}

static int read_masks(struct cursor *cursor, struct section *section)
{
	uint64_t all = section->kind->field_count == 64 ? UINT64_MAX :
							  (1ULL << section->kind->field_count) - 1;
	uint64_t run;
	size_t i;

	for (i = 0; i < section->count; i++) {
		section->slots[i].mask = get_varint(cursor);
		section->any |= section->slots[i].mask;
		if (cursor->bad || section->slots[i].mask & ~all)
			return -EINVAL;
		if (section->slots[i].mask || !section->slots[i].known)
			continue;
		run = get_varint(cursor);
		if (cursor->bad || run >= section->count - i)
			return -EINVAL;
		for (; run; run--)
			if (!section->slots[++i].known)
				return -EINVAL;
	}
	return 0;
}

static int once_add(struct decoder *decoder, int row, const uint8_t *values)
{
	uint8_t *copy;

	if (row < 0)
		return 0;
	if (vec_reserve((void **)&decoder->once, &decoder->once_capacity, decoder->once_count,
			sizeof(*decoder->once)))
		return -ENOMEM;
	copy = calloc(1, row_kinds[row].size);
	if (!copy)
		return -ENOMEM;
	if (values)
		memcpy(copy, values, row_kinds[row].size);
	decoder->once[decoder->once_count++] = (struct once_row){ row, copy };
	return 0;
}

/* Places for rows that are not kept. */
static int make_once(struct decoder *decoder, const struct section *section)
{
	int row = section->kind->row, error = 0;
	size_t i;

	for (i = 0; i < section->count && row >= 0 && !error; i++) {
		error = once_add(decoder, row, NULL);
		if (!error)
			section->slots[i].values = decoder->once[decoder->once_count - 1].values;
	}
	return error;
}

static bool closes(const struct section *section)
{
	return section->kind->row == ROW_THREAD && section->kind->flags & TRACE_KIND_CLOSES;
}

static int before_rows(struct decoder *decoder, struct section *section)
{
	size_t i;

	if (!closes(section))
		return 0;
	if (!buffer_room(&decoder->before, section->count * sizeof(*section->before)))
		return -ENOMEM;
	section->before = (struct residual *)decoder->before.bytes;
	for (i = 0; i < section->count; i++)
		if (section->slots[i].values)
			residual_begin(&section->before[i],
				       (const struct record_thread *)section->slots[i].values);
	return 0;
}

/* Sums grow as they did, where that is known. */
static void go_on(const struct decoder *decoder, struct section *section)
{
	struct slot *slot;
	size_t i;

	for (i = 0; section->goes_on && i < section->count; i++) {
		slot = &section->slots[i];
		slot->frozen = slot->known && slot->row && decode_is_stale(decoder, slot->row);
		if (slot->known && slot->values && !slot->frozen)
			predict_go_on(&slot->row->steady, section->kind->row, decoder->from_ns,
				      decoder->to_ns, slot->values);
	}
}

/* A row of the second part was written, or was predicted. 0 or -ENOMEM. */
static int note_steady(const struct section *section, const struct slot *slot)
{
	if (!(section->kind->flags & TRACE_KIND_STEADY) || !slot->values)
		return 0;
	if (section->goes_on && slot->known && !slot->mask) {
		slot->row->steady.windows++;
		return 0;
	}
	return predict_update(&slot->row->steady, section->kind->row, slot->values);
}

/*
 * Fields of threads that are not written follow from the time that passed. The state in which it
 * was spent is unknown if it may have been in a lost chunk.
 */
static void close_rows(const struct decoder *decoder, const struct section *section)
{
	const struct slot *slot;
	struct record_thread *after;
	uint32_t state;
	size_t i;

	for (i = 0; section->before && i < section->count; i++) {
		slot = &section->slots[i];
		after = (struct record_thread *)slot->values;
		if (!after || !slot->known)
			continue;
		state = (slot->mask && !slot->frozen) || !decode_is_stale(decoder, slot->row) ?
				after->state :
				STATE_UNOBSERVED;
		if (state >= NR_STATES)
			continue;
		after->state_ns[state] += residual_of(&section->before[i], after, decoder->from_ns);
		/* the rest is all of what the state has grown by */
		if (section->goes_on && !slot->frozen)
			after->state_ns[state] -= predict_state_step(&slot->row->steady, state);
	}
}

/* Rows of the section into the list of their part. */
static int list_rows(struct decoder *decoder, const struct section *section, enum trace_part part)
{
	struct decoded_table *table = &decoder->table;
	struct decoded_row *row;
	size_t i;
	int error = 0;

	for (i = 0; i < section->count && !error; i++) {
		row = section->slots[i].row;
		if (!row)
			continue;
		row->to_ns = decoder->to_ns;
		if (part == PART_ONCE && row->values) {
			error = once_add(decoder, row->row, row->values);
			if (!error)
				decode_take_lost(row,
						 decoder->once[decoder->once_count - 1].values);
		}
		if (part == PART_ONCE)
			continue;
		error = note_steady(section, &section->slots[i]);
		if (row->row == ROW_THREAD && !error)
			error = state_entry_add(&decoder->entered,
						(const struct record_thread *)row->values);
		if (error)
			return error;
		if (vec_reserve((void **)&table->order, &table->order_capacity, table->count,
				sizeof(*table->order)))
			return -ENOMEM;
		table->order[table->count++] = row;
	}
	return error;
}

static int read_rows(struct decoder *decoder, struct cursor *cursor, struct section *section,
		     enum trace_part part, uint64_t first_new)
{
	uint64_t mark = decoder->window * NR_PARTS + part;
	bool once = section->kind->flags & TRACE_KIND_ONCE;
	size_t i;
	int error;

	error = once ? make_once(decoder, section) :
		       read_serials(decoder, cursor, section, first_new, mark);
	if (!error)
		error = read_masks(cursor, section);
	if (!error)
		error = before_rows(decoder, section);
	if (!error)
		go_on(decoder, section);
	for (i = 0; i < section->kind->field_count && !error; i++)
		error = read_column(decoder, cursor, section, i);
	if (error)
		return error;
	close_rows(decoder, section);
	return once ? 0 : list_rows(decoder, section, part);
}

static int read_section(struct decoder *decoder, struct cursor *cursor, uint64_t number,
			enum trace_part part, uint64_t first_new)
{
	struct section section = { .kind = &decoder->kinds[number - 1] };
	uint64_t count = get_varint(cursor), most = cursor_left(cursor);

	/* a one-shot or new row takes at least one byte */
	if (!(section.kind->flags & TRACE_KIND_ONCE))
		most += decoder->table.rows + decoder->unknown_left;
	if (cursor->bad || !count || count > most || count > DECODE_MAX_ROWS)
		return -EINVAL;
	if (section.kind->flags & TRACE_KIND_STEADY)
		section.goes_on = get_varint(cursor) && part == PART_STATE;
	section.count = count;
	if (!buffer_room(&decoder->slots, count * sizeof(*section.slots)))
		return -ENOMEM;
	section.slots = (struct slot *)decoder->slots.bytes;
	memset(section.slots, 0, count * sizeof(*section.slots));
	return read_rows(decoder, cursor, &section, part, first_new);
}

int decode_part(struct decoder *decoder, struct cursor *cursor, enum trace_part part,
		uint64_t first_new)
{
	uint64_t number, last = 0;
	int error = 0;

	while (!error) {
		number = get_varint(cursor);
		if (cursor->bad || number > decoder->kind_count)
			return -EINVAL;
		if (!number)
			return 0;
		if (number <= last) /* each kind once, in their order */
			return -EINVAL;
		last = number;
		error = read_section(decoder, cursor, number, part, first_new);
	}
	return error;
}
