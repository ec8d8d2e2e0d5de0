// SPDX-License-Identifier: GPL-2.0-or-later
/* Receives payloads that include/trace_format.h describes, or anything; hands on records. */
#include "trace/decode.h"

#include <errno.h>

#include "lib/index.h"
#include "lib/vec.h"
#include "trace/closing.h"

#define MAX_SERIALS (1U << 22) /* since a base */
#define MAX_STRING_BYTES (64U << 20)
#define UNKNOWN_MAX 4096 /* rows of lost chunks in one part, beside those that its bytes pay for */

/* A section while it is read. */
struct section {
	const struct file_kind *kind;
	size_t count;
	struct slot {
		struct decoded_row *row; /* NULL: told once, or its chunk is lost */
		uint8_t *values; /* where its fields go; NULL: nowhere */
		uint64_t mask;
		bool known;
	} *slots;
	struct record_thread *before; /* of a kind that closes: values as they were */
};

void decoder_init(struct decoder *decoder)
{
	memset(decoder, 0, sizeof(*decoder));
	decoder->table.next_serial = 1;
	decoder->window = 1;
}

static void row_free(struct decoded_row *row)
{
	if (!row)
		return;
	free(row->values);
	free(row->lost);
	free(row);
}

static void table_free(struct decoded_table *table)
{
	size_t i;

	for (i = 0; i < table->capacity; i++)
		row_free(table->by_serial[i]);
	for (i = 0; i < table->string_count; i++)
		free(table->strings[i]);
	free(table->by_serial);
	free(table->order);
	free(table->older);
	free(table->strings);
	memset(table, 0, sizeof(*table));
	table->next_serial = 1;
}

static void once_clear(struct decoder *decoder)
{
	size_t i;

	for (i = 0; i < decoder->once_count; i++)
		free(decoder->once[i].values);
	decoder->once_count = 0;
}

void decoder_free(struct decoder *decoder)
{
	table_free(&decoder->table);
	once_clear(decoder);
	free(decoder->once);
	memset(decoder, 0, sizeof(*decoder));
}

/* ---- schema ---------------------------------------------------------------------------------- */
static const struct field *field_named(int row, const char *name, size_t length)
{
	size_t i;

	for (i = 0; row >= 0 && i < row_kinds[row].field_count; i++)
		if (strlen(row_kinds[row].fields[i].name) == length &&
		    !memcmp(row_kinds[row].fields[i].name, name, length))
			return &row_kinds[row].fields[i];
	return NULL;
}

static int read_field(struct cursor *cursor, int row, struct file_field *ret)
{
	uint64_t coding, width, count;
	size_t length;
	const char *name = get_text(cursor, &length);

	coding = get_varint(cursor);
	width = get_varint(cursor);
	count = get_varint(cursor);
	if (cursor->bad || !coding || coding > TRACE_TEXT || !count || count > UINT16_MAX ||
	    (width != 1 && width != 2 && width != 4 && width != 8))
		return -EINVAL;
	ret->coding = (uint8_t)coding;
	ret->width = (uint8_t)width;
	ret->count = (uint32_t)count;
	ret->local = field_named(row, name, length);
	/* what is held in another way than here would mean something else */
	if (ret->local && (ret->local->coding != coding ||
			   (ret->local->count > 1) != (count > 1)))
		ret->local = NULL;
	return 0;
}

static int read_kind(struct cursor *cursor, struct file_kind *ret)
{
	uint64_t flags, fields;
	size_t length, i;
	const char *name = get_text(cursor, &length);
	int error = 0;

	flags = get_varint(cursor);
	fields = get_varint(cursor);
	if (cursor->bad || fields > FIELDS_MAX || !fields)
		return -EINVAL;
	ret->row = -1;
	for (i = 0; i < NR_ROW_KINDS; i++)
		if (strlen(row_kinds[i].name) == length &&
		    !memcmp(row_kinds[i].name, name, length) && row_kinds[i].flags == flags)
			ret->row = (int)i;
	ret->flags = (uint32_t)flags;
	ret->field_count = fields;
	for (i = 0; i < fields && !error; i++)
		error = read_field(cursor, ret->row, &ret->fields[i]);
	return error;
}

int decode_schema(struct decoder *decoder, const uint8_t *bytes, size_t length)
{
	struct cursor cursor = { bytes, bytes + length, false };
	uint64_t kinds = get_varint(&cursor), i;
	int error = 0;

	decoder->kind_count = 0;
	if (cursor.bad || !kinds || kinds > DECODE_MAX_KINDS)
		return -EINVAL;
	memset(decoder->kinds, 0, sizeof(decoder->kinds));
	for (i = 0; i < kinds && !error; i++)
		error = read_kind(&cursor, &decoder->kinds[i]);
	if (!error)
		decoder->kind_count = kinds;
	return error;
}

/* ---- rows and strings ------------------------------------------------------------------------ */
/* Room for an entry at this place, with nothing in between. */
static int grow_to(void **items, size_t *capacity, size_t place, size_t size)
{
	size_t want = *capacity ? *capacity : 64;
	void *grown;

	if (place < *capacity)
		return 0;
	while (want <= place)
		want *= 2;
	grown = realloc(*items, want * size);
	if (!grown)
		return -ENOMEM;
	memset((char *)grown + *capacity * size, 0, (want - *capacity) * size);
	*items = grown;
	*capacity = want;
	return 0;
}

static struct decoded_row *row_of(const struct decoded_table *table, uint64_t serial)
{
	return serial < table->capacity ? table->by_serial[serial] : NULL;
}

static int row_make(struct decoded_table *table, uint64_t serial, int row,
		    struct decoded_row **ret)
{
	struct decoded_row *made;

	if (serial >= MAX_SERIALS || table->rows >= DECODE_MAX_ROWS)
		return -EINVAL;
	if (grow_to((void **)&table->by_serial, &table->capacity, serial,
		    sizeof(*table->by_serial)))
		return -ENOMEM;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->row = row;
	made->serial = serial;
	made->values = row < 0 ? NULL : calloc(1, row_kinds[row].size);
	if (row >= 0 && !made->values) {
		free(made);
		return -ENOMEM;
	}
	table->by_serial[serial] = made;
	table->rows++;
	*ret = made;
	return 0;
}

static int string_add(struct decoded_table *table, const char *text, size_t length)
{
	if (table->string_bytes + length > MAX_STRING_BYTES)
		return -EINVAL;
	if (grow_to((void **)&table->strings, &table->string_capacity, table->string_count,
		    sizeof(*table->strings)))
		return -ENOMEM;
	table->strings[table->string_count] = strndup(text, length);
	if (!table->strings[table->string_count])
		return -ENOMEM;
	table->string_count++;
	table->string_bytes += length + sizeof(char *);
	return 0;
}

static int get_string(struct decoded_table *table, struct cursor *cursor, const char **ret)
{
	uint64_t number = get_varint(cursor);
	const char *text;
	size_t length;
	int error;

	*ret = "";
	if (cursor->bad)
		return -EINVAL;
	if (!number) {
		text = get_text(cursor, &length);
		if (cursor->bad)
			return -EINVAL;
		error = string_add(table, text, length);
		if (!error)
			*ret = table->strings[table->string_count - 1];
		return error;
	}
	if (number > table->string_count)
		return -EINVAL;
	if (table->strings[number - 1]) /* else its chunk is lost: unknown */
		*ret = table->strings[number - 1];
	return 0;
}

/* ---- values ---------------------------------------------------------------------------------- */
static uint64_t value_of(const struct file_field *field, uint64_t coded, uint64_t old,
			 uint64_t to_ns)
{
	switch (field->coding) {
	case TRACE_TIME:
	case TRACE_NOW:
		return coded ? to_ns - unzigzag(coded - 1) : 0;
	case TRACE_SUM:
		return old + unzigzag(coded);
	default:
		return unzigzag(coded);
	}
}

static void set_value(const struct file_field *field, uint8_t *values, size_t element,
		      uint64_t coded, uint64_t to_ns)
{
	if (!values || !field->local || element >= field->local->count)
		return;
	field_set(field->local, values, element,
		  value_of(field, coded, field_get(field->local, values, element), to_ns));
}

static int read_array(struct cursor *cursor, const struct file_field *field, uint8_t *values,
		      uint64_t to_ns)
{
	uint64_t changed = get_varint(cursor), gap, at = 0;

	if (cursor->bad || changed > field->count)
		return -EINVAL;
	for (; changed; changed--, at++) {
		gap = get_varint(cursor);
		if (gap >= field->count - at)
			return -EINVAL;
		at += gap;
		set_value(field, values, at, get_varint(cursor), to_ns);
		if (cursor->bad)
			return -EINVAL;
	}
	return 0;
}

static int read_text(struct decoded_table *table, struct cursor *cursor,
		     const struct file_field *field, uint8_t *values)
{
	const char *text;
	int error = get_string(table, cursor, &text);
	size_t length;

	if (error || !values || !field->local)
		return error;
	length = strlen(text);
	if (length > field->local->count - 1U)
		length = field->local->count - 1U;
	memset(values + field->local->offset, 0, field->local->count);
	memcpy(values + field->local->offset, text, length);
	return 0;
}

/* What a row is when nothing is told of this field. */
static void read_nothing(const struct file_field *field, const struct slot *slot, uint64_t to_ns)
{
	uint64_t passed;

	if (!slot->values || !field->local)
		return;
	if (field->coding == TRACE_NOW)
		field_set(field->local, slot->values, 0, to_ns);
	if (field->coding == TRACE_AGE) {
		passed = to_ns - (slot->known && slot->row ? slot->row->to_ns : 0);
		field_set(field->local, slot->values, 0,
			  field_get(field->local, slot->values, 0) + passed);
	}
}

/* Of all rows of the section, those that have it. */
static int read_column(struct decoder *decoder, struct cursor *cursor,
		       const struct section *section, size_t number)
{
	const struct file_field *field = &section->kind->fields[number];
	size_t i;
	int error = 0;

	for (i = 0; i < section->count && !error; i++) {
		const struct slot *slot = &section->slots[i];

		if (!(slot->mask & 1ULL << number))
			read_nothing(field, slot, decoder->to_ns);
		else if (field->coding == TRACE_TEXT)
			error = read_text(&decoder->table, cursor, field, slot->values);
		else if (field->count > 1)
			error = read_array(cursor, field, slot->values, decoder->to_ns);
		else
			set_value(field, slot->values, 0, get_varint(cursor), decoder->to_ns);
		if (cursor->bad)
			error = -EINVAL;
	}
	return error;
}

/* ---- sections -------------------------------------------------------------------------------- */
/* The row of a serial; new ones come in their order. */
static int find_row(struct decoder *decoder, int row, uint64_t serial, uint64_t first_new,
		    uint64_t mark, struct slot *slot)
{
	struct decoded_table *table = &decoder->table;
	int error;

	slot->row = row_of(table, serial);
	slot->known = slot->row || serial < first_new;
	if (!slot->known) {
		if (serial != table->next_serial)
			return -EINVAL;
		error = row_make(table, serial, row, &slot->row);
		if (error)
			return error;
		table->next_serial++;
	}
	if (!slot->row)
		return decoder->gap && decoder->unknown_left-- ? 0 : -EINVAL;
	if (slot->row->part == mark || slot->row->row != row)
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
		if (cursor->bad || length >= section->count - i || !serial ||
		    serial > MAX_SERIALS)
			return -EINVAL;
		for (length++; length && !error; length--)
			error = find_row(decoder, section->kind->row, serial++, first_new, mark,
					 &section->slots[i++]);
	}
	return error;
}

static int read_masks(struct cursor *cursor, const struct section *section)
{
	uint64_t all = section->kind->field_count == 64 ?
			       UINT64_MAX :
			       (1ULL << section->kind->field_count) - 1;
	uint64_t run;
	size_t i;

	for (i = 0; i < section->count; i++) {
		section->slots[i].mask = get_varint(cursor);
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
			section->slots[i].values =
				decoder->once[decoder->once_count - 1].values;
	}
	return error;
}

static bool closes(const struct section *section)
{
	return section->kind->row == ROW_THREAD && section->kind->flags & TRACE_KIND_CLOSES;
}

static int before_rows(struct section *section)
{
	size_t i;

	if (!closes(section))
		return 0;
	section->before = calloc(section->count, sizeof(*section->before));
	if (!section->before)
		return -ENOMEM;
	for (i = 0; i < section->count; i++)
		if (section->slots[i].values)
			memcpy(&section->before[i], section->slots[i].values,
			       sizeof(*section->before));
	return 0;
}

/*
 * What their fields do not tell of threads follows from the time that passed. In which state it
 * was spent is not known where that may have been told in a chunk that is lost.
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
		state = slot->mask || !slot->row->stale ? after->state : STATE_UNOBSERVED;
		if (state < NR_STATES)
			after->state_ns[state] +=
				closing_rest(&section->before[i], after, decoder->from_ns);
	}
}

/* Takes from the sums what damage took from them before. */
static void take_lost(const struct decoded_row *row, uint8_t *values)
{
	const struct row_kind *kind = &row_kinds[row->row];
	size_t i, j;

	for (i = 0; row->lost && i < kind->field_count; i++)
		for (j = 0; kind->fields[i].coding == TRACE_SUM && j < kind->fields[i].count; j++)
			field_set(&kind->fields[i], values, j,
				  field_get(&kind->fields[i], values, j) -
					  field_get(&kind->fields[i], row->lost, j));
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
				take_lost(row, decoder->once[decoder->once_count - 1].values);
		}
		if (part == PART_ONCE)
			continue;
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
		error = before_rows(section);
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
	int error;

	/* a row that is told once, or is new, has a byte at least */
	if (!(section.kind->flags & TRACE_KIND_ONCE))
		most += decoder->table.rows + decoder->unknown_left;
	if (cursor->bad || !count || count > most || count > DECODE_MAX_ROWS)
		return -EINVAL;
	section.count = count;
	section.slots = calloc(count, sizeof(*section.slots));
	if (!section.slots)
		return -ENOMEM;
	error = read_rows(decoder, cursor, &section, part, first_new);
	free(section.slots);
	free(section.before);
	return error;
}

static int read_part(struct decoder *decoder, struct cursor *cursor, enum trace_part part,
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

/* ---- chunks ---------------------------------------------------------------------------------- */
/* Rows of the chunk before, and of this one, that are not in its second part. */
static void drop_gone(struct decoder *decoder, uint64_t first_new)
{
	struct decoded_table *table = &decoder->table;
	uint64_t mark = decoder->window * NR_PARTS + PART_STATE, serial;
	size_t i;

	for (i = 0; i < table->older_count; i++)
		if (table->older[i]->part != mark) {
			table->by_serial[table->older[i]->serial] = NULL;
			row_free(table->older[i]);
			table->rows--;
		}
	for (serial = first_new; serial < table->next_serial; serial++) {
		struct decoded_row *row = row_of(table, serial);

		if (row && row->part != mark) {
			table->by_serial[serial] = NULL;
			row_free(row);
			table->rows--;
		}
	}
	table->older_count = 0;
}

static void begin_order(struct decoded_table *table)
{
	struct decoded_row **order = table->older;
	size_t capacity = table->older_capacity;

	table->older = table->order;
	table->older_count = table->count;
	table->older_capacity = table->order_capacity;
	table->order = order;
	table->order_capacity = capacity;
	table->count = 0;
}

/* Numbers that lost chunks have given away: strings that are not known, serials without a row. */
static int skip_lost(struct decoder *decoder, uint64_t first_new, uint64_t first_string)
{
	struct decoded_table *table = &decoder->table;

	if (!decoder->gap)
		return first_new == table->next_serial &&
				       first_string == table->string_count + 1 ?
			       0 :
			       -EINVAL;
	if (first_new < table->next_serial || first_new > MAX_SERIALS ||
	    first_string < table->string_count + 1 || first_string > MAX_SERIALS)
		return -EINVAL;
	if (grow_to((void **)&table->strings, &table->string_capacity, first_string,
		    sizeof(*table->strings)))
		return -ENOMEM;
	while (table->string_count + 1 < first_string)
		table->strings[table->string_count++] = NULL;
	table->next_serial = first_new;
	return 0;
}

static int read_chunk(struct decoder *decoder, const uint8_t *bytes, size_t length,
		      uint64_t from_ns, uint64_t to_ns)
{
	struct cursor cursor = { bytes, bytes + length, false };
	uint64_t first_new = get_varint(&cursor), first_string = get_varint(&cursor);
	int error;

	decoder->from_ns = from_ns;
	decoder->to_ns = to_ns;
	decoder->unknown_left = decoder->gap ? length + UNKNOWN_MAX : 0;
	once_clear(decoder);
	begin_order(&decoder->table);
	if (cursor.bad)
		return -EINVAL;
	error = skip_lost(decoder, first_new, first_string);
	if (!error)
		error = read_part(decoder, &cursor, PART_ONCE, first_new);
	if (!error)
		error = read_part(decoder, &cursor, PART_STATE, first_new);
	if (!error && cursor_left(&cursor))
		error = -EINVAL;
	if (!error)
		drop_gone(decoder, first_new);
	decoder->window++;
	return error;
}

/* After an error nothing is sure any more until the next base. */
static int fail(struct decoder *decoder, int error)
{
	once_clear(decoder);
	table_free(&decoder->table);
	decoder->based = false;
	return error;
}

void decoder_gap(struct decoder *decoder)
{
	size_t i;

	for (i = 0; i < decoder->table.count; i++)
		decoder->table.order[i]->stale = true;
	decoder->gap = true;
	decoder->gap_windows = false;
}

int decode_window(struct decoder *decoder, const uint8_t *bytes, size_t length, uint64_t from_ns,
		  uint64_t to_ns)
{
	int error;

	if (!decoder->kind_count || !decoder->based)
		return -EINVAL;
	error = read_chunk(decoder, bytes, length, from_ns, to_ns);
	if (error)
		return fail(decoder, error);
	decoder->gap_windows |= decoder->gap;
	return 0;
}

/* ---- what damage took ------------------------------------------------------------------------ */
static uint64_t key_of(const struct decoded_row *row)
{
	const struct row_kind *kind = &row_kinds[row->row];
	uint64_t key = index_hash(&row->row, sizeof(row->row), 0);
	size_t i;

	for (i = 0; i < kind->field_count; i++)
		if (kind->fields[i].coding == TRACE_KEY)
			key = index_hash(row->values + kind->fields[i].offset,
					 (size_t)kind->fields[i].width * kind->fields[i].count,
					 key);
	return key;
}

/* A base tells the true sums; what was handed on so far goes on from where it is. */
static int row_shift(struct decoded_row *row, const struct decoded_row *old, bool windows)
{
	const struct row_kind *kind = &row_kinds[row->row];
	size_t i, j;

	row->lost = calloc(1, kind->size);
	if (!row->lost)
		return -ENOMEM;
	if (!windows) {
		if (old->lost)
			memcpy(row->lost, old->lost, kind->size);
		return 0;
	}
	memcpy(row->lost, old->values, kind->size);
	take_lost(old, row->lost);
	for (i = 0; i < kind->field_count; i++)
		for (j = 0; kind->fields[i].coding == TRACE_SUM && j < kind->fields[i].count; j++)
			field_set(&kind->fields[i], row->lost, j,
				  field_get(&kind->fields[i], row->values, j) -
					  field_get(&kind->fields[i], row->lost, j));
	return 0;
}

static int shift_rows(struct decoder *decoder, const struct decoded_table *old)
{
	struct index index = { 0 };
	struct decoded_row *row;
	size_t i, position;
	int error = 0;

	for (i = 0; i < old->count && !error; i++)
		if (old->order[i]->values &&
		    index_find(&index, key_of(old->order[i])) == INDEX_NONE)
			error = index_add(&index, key_of(old->order[i]), i);
	for (i = 0; i < decoder->table.count && !error; i++) {
		row = decoder->table.order[i];
		position = row->values ? index_find(&index, key_of(row)) : INDEX_NONE;
		if (position != INDEX_NONE && old->order[position]->row == row->row)
			error = row_shift(row, old->order[position], decoder->gap_windows);
	}
	index_free(&index);
	return error;
}

int decode_base(struct decoder *decoder, const uint8_t *bytes, size_t length, uint64_t at_ns)
{
	struct decoded_table old = decoder->table;
	bool gap = decoder->gap;
	int error;

	if (!decoder->kind_count)
		return -EINVAL;
	memset(&decoder->table, 0, sizeof(decoder->table));
	decoder->table.next_serial = 1;
	decoder->gap = false;
	error = read_chunk(decoder, bytes, length, at_ns, at_ns);
	if (!error && decoder->based && (gap || decoder->shifted)) {
		decoder->shifted |= decoder->gap_windows;
		error = shift_rows(decoder, &old);
	}
	table_free(&old);
	decoder->gap_windows = false;
	decoder->based = true;
	return error ? fail(decoder, error) : 0;
}

/* ---- records --------------------------------------------------------------------------------- */
void decoder_once(const struct decoder *decoder, size_t i, struct record *ret)
{
	const struct once_row *once = &decoder->once[i];

	memset(ret, 0, sizeof(*ret));
	ret->kind = row_kinds[once->row].kind;
	memcpy(record_payload_of(ret), once->values, row_kinds[once->row].size);
}

bool decoder_state(const struct decoder *decoder, size_t i, struct record *ret)
{
	const struct decoded_row *row = decoder->table.order[i];

	/* what a thread waits for now may be something else than before the gap */
	if (!row->values ||
	    (row->stale && (row->row == ROW_OPEN_WAIT || row->row == ROW_OPEN_LOCK)))
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->kind = row_kinds[row->row].kind;
	memcpy(record_payload_of(ret), row->values, row_kinds[row->row].size);
	take_lost(row, record_payload_of(ret));
	return true;
}
