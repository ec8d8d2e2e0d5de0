// SPDX-License-Identifier: GPL-2.0-or-later
/* Receives the records of a snapshot; hands on the bytes that include/trace_format.h describes. */
#include "trace/encode.h"

#include <errno.h>

#include "lib/vec.h"
#include "trace/closing.h"

/* What a section is made of, while it is written. */
struct section {
	const struct row_kind *kind;
	const uint8_t *rows; /* new values, back to back */
	size_t count;
	struct known_row **known; /* what the reader has of each; NULL: nothing */
	uint64_t *serials;
	uint64_t *masks;
};

void encoder_init(struct encoder *encoder)
{
	memset(encoder, 0, sizeof(*encoder));
	encoder->next_serial = encoder->next_string = 1;
	encoder->window = 1;
}

static void known_clear(struct known_rows *known)
{
	size_t i;

	for (i = 0; i < known->count; i++)
		free(known->rows[i].values);
	index_free(&known->index);
	known->count = 0;
}

static void strings_clear(struct strings *strings)
{
	size_t i;

	for (i = 0; i < strings->count; i++)
		free(strings->texts[i]);
	index_free(&strings->index);
	strings->count = 0;
}

static void pending_free(struct encoder *encoder)
{
	int row, part;

	for (part = 0; part < NR_PARTS; part++)
		for (row = 0; row < NR_ROW_KINDS; row++)
			free(encoder->pending[part][row].rows);
}

void encoder_free(struct encoder *encoder)
{
	int i;

	for (i = 0; i < NR_ROW_KINDS; i++) {
		known_clear(&encoder->known[i]);
		free(encoder->known[i].rows);
	}
	pending_free(encoder);
	strings_clear(&encoder->strings);
	free(encoder->strings.texts);
	memset(encoder, 0, sizeof(*encoder));
}

void encode_schema(struct buffer *ret)
{
	size_t i, j;

	put_varint(ret, NR_ROW_KINDS);
	for (i = 0; i < NR_ROW_KINDS; i++) {
		const struct row_kind *kind = &row_kinds[i];

		put_text(ret, kind->name, strlen(kind->name));
		put_varint(ret, kind->flags);
		put_varint(ret, kind->field_count);
		for (j = 0; j < kind->field_count; j++) {
			put_text(ret, kind->fields[j].name, strlen(kind->fields[j].name));
			put_varint(ret, kind->fields[j].coding);
			put_varint(ret, kind->fields[j].width);
			put_varint(ret, kind->fields[j].count);
		}
	}
}

int encoder_add(struct encoder *encoder, const struct record *record)
{
	int row = row_of_record(record);
	struct pending *pending;
	size_t size;

	if (record->kind == RECORD_SNAPSHOT)
		encoder->part = PART_STATE;
	if (row < 0)
		return 0;
	size = row_kinds[row].size;
	pending = &encoder->pending[encoder->part][row];
	if (vec_reserve((void **)&pending->rows, &pending->capacity, pending->count, size))
		return -ENOMEM;
	memcpy(pending->rows + pending->count++ * size, record_payload(record), size);
	return 0;
}

/* ---- rows ------------------------------------------------------------------------------------ */
static uint64_t key_of(const struct row_kind *kind, const uint8_t *values)
{
	uint64_t key = 0;
	size_t i;

	for (i = 0; i < kind->field_count; i++)
		if (kind->fields[i].coding == TRACE_KEY)
			key = index_hash(values + kind->fields[i].offset,
					 (size_t)kind->fields[i].width * kind->fields[i].count,
					 key);
	return key;
}

/* The entry of a key, made when there is none. NULL: out of memory. */
static struct known_row *known_of(struct known_rows *known, const struct row_kind *kind,
				  const uint8_t *values)
{
	uint64_t key = key_of(kind, values);
	size_t position = index_find(&known->index, key);
	struct known_row *row;

	if (position != INDEX_NONE)
		return &known->rows[position];
	if (vec_reserve((void **)&known->rows, &known->capacity, known->count, sizeof(*row)))
		return NULL;
	row = &known->rows[known->count];
	if (index_add(&known->index, key, known->count))
		return NULL;
	memset(row, 0, sizeof(*row));
	known->count++;
	return row;
}

/*
 * Where two records of a part have one key, as a kernel table that changes while it is read may
 * give them, the later one takes the place of the earlier.
 */
static int drop_doubles(struct encoder *encoder, enum trace_part part, int row)
{
	const struct row_kind *kind = &row_kinds[row];
	struct pending *pending = &encoder->pending[part][row];
	uint64_t mark = encoder->window * NR_PARTS + part;
	size_t i, kept = 0;

	for (i = 0; i < pending->count; i++) {
		uint8_t *values = pending->rows + i * kind->size;
		struct known_row *known = known_of(&encoder->known[row], kind, values);

		if (!known)
			return -ENOMEM;
		if (known->part == mark) {
			memcpy(pending->rows + known->pending * kind->size, values, kind->size);
			continue;
		}
		known->part = mark;
		known->pending = kept;
		if (kept != i)
			memcpy(pending->rows + kept * kind->size, values, kind->size);
		kept++;
	}
	pending->count = kept;
	return 0;
}

/* ---- strings --------------------------------------------------------------------------------- */
/* Writes the number of a text, and at its first use the text. 0 or -ENOMEM. */
static int put_string(struct encoder *encoder, const char *text, size_t size, struct buffer *ret)
{
	struct strings *strings = &encoder->strings;
	size_t length = strnlen(text, size), position;
	uint64_t key = index_hash(text, length, length);

	position = index_find(&strings->index, key);
	if (position != INDEX_NONE && strlen(strings->texts[position]) == length &&
	    !memcmp(strings->texts[position], text, length)) {
		put_varint(ret, position + 1);
		return 0;
	}
	if (vec_reserve((void **)&strings->texts, &strings->capacity, strings->count,
			sizeof(*strings->texts)))
		return -ENOMEM;
	strings->texts[strings->count] = strndup(text, length);
	if (!strings->texts[strings->count])
		return -ENOMEM;
	/* two texts of one hash: the second is written out each time */
	if (position == INDEX_NONE && index_add(&strings->index, key, strings->count)) {
		free(strings->texts[strings->count]);
		return -ENOMEM;
	}
	strings->count++;
	encoder->next_string++;
	put_varint(ret, 0);
	put_text(ret, text, length);
	return 0;
}

/* ---- values ---------------------------------------------------------------------------------- */
static uint64_t coded_time(uint64_t value, uint64_t to_ns)
{
	return value ? zigzag(to_ns - value) + 1 : 0;
}

/* Is the field as the reader takes it to be when it is told nothing? */
static bool is_expected(const struct field *field, const uint8_t *old, const uint8_t *new,
			uint64_t old_to_ns, uint64_t to_ns)
{
	switch (field->coding) {
	case TRACE_NOW:
		return field_get(field, new, 0) == to_ns;
	case TRACE_AGE:
		return field_get(field, new, 0) - field_get(field, old, 0) == to_ns - old_to_ns;
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

	if (!section->known[i])
		return nothing;
	if (!(section->kind->flags & TRACE_KIND_CLOSES))
		return section->known[i]->values;
	after = (const struct record_thread *)new;
	memcpy(scratch, section->known[i]->values, sizeof(*scratch));
	if (after->state < NR_STATES)
		scratch->state_ns[after->state] += closing_rest(scratch, after, encoder->from_ns);
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
		uint64_t old_to_ns = section->known[i] ? section->known[i]->to_ns : 0;

		section->masks[i] = 0;
		for (j = 0; j < section->kind->field_count; j++)
			if (!is_expected(&section->kind->fields[j], old, new, old_to_ns,
					 encoder->to_ns))
				section->masks[i] |= 1ULL << j;
		/* what closes a row is told with it: a reader may have missed it before */
		if (section->masks[i] && section->kind->flags & TRACE_KIND_CLOSES)
			section->masks[i] |= state_bit(section->kind);
	}
}

static int put_section(struct encoder *encoder, struct section *section, struct buffer *ret)
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

static int section_alloc(struct section *section, size_t count)
{
	section->known = calloc(count, sizeof(*section->known));
	section->serials = calloc(count, sizeof(*section->serials));
	section->masks = calloc(count, sizeof(*section->masks));
	return section->known && section->serials && section->masks ? 0 : -ENOMEM;
}

static void section_free(struct section *section)
{
	free(section->known);
	free(section->serials);
	free(section->masks);
}

/* Of rows that are kept: what the reader knows, and serials for those that it does not. */
static int find_rows(struct encoder *encoder, enum trace_part part, int row,
		     struct section *section)
{
	struct pending *pending = &encoder->pending[part][row];
	struct known_row *known;
	size_t i;

	for (i = 0; i < section->count; i++) {
		known = known_of(&encoder->known[row], section->kind,
				 pending->rows + i * section->kind->size);
		if (!known)
			return -ENOMEM;
		if (known->serial)
			section->known[i] = known;
		else
			known->serial = encoder->next_serial++;
		section->serials[i] = known->serial;
	}
	return 0;
}

/* From now on the reader knows these. */
static int keep_rows(struct encoder *encoder, int row, const struct section *section)
{
	struct known_row *known;
	size_t i;

	for (i = 0; i < section->count; i++) {
		const uint8_t *values = section->rows + i * section->kind->size;

		known = known_of(&encoder->known[row], section->kind, values);
		if (!known)
			return -ENOMEM;
		if (!known->values)
			known->values = malloc(section->kind->size);
		if (!known->values)
			return -ENOMEM;
		memcpy(known->values, values, section->kind->size);
		known->to_ns = encoder->to_ns;
	}
	return 0;
}

static int put_rows(struct encoder *encoder, enum trace_part part, int row, struct buffer *ret)
{
	const struct row_kind *kind = &row_kinds[row];
	struct pending *pending = &encoder->pending[part][row];
	bool once = kind->flags & TRACE_KIND_ONCE;
	struct section section = { .kind = kind };
	int error = 0;

	if (!pending->count)
		return 0;
	if (!once)
		error = drop_doubles(encoder, part, row);
	section.rows = pending->rows;
	section.count = pending->count;
	if (!error)
		error = section_alloc(&section, section.count);
	if (!error && !once)
		error = find_rows(encoder, part, row, &section);
	if (!error)
		error = put_section(encoder, &section, ret);
	if (!error && !once)
		error = keep_rows(encoder, row, &section);
	section_free(&section);
	return error;
}

static int put_part(struct encoder *encoder, enum trace_part part, struct buffer *ret)
{
	int row, error = 0;

	for (row = 0; row < NR_ROW_KINDS && !error; row++)
		error = put_rows(encoder, part, row, ret);
	put_varint(ret, 0);
	return error;
}

static void drop_gone(struct encoder *encoder)
{
	uint64_t mark = encoder->window * NR_PARTS + PART_STATE;
	struct known_row *known;
	size_t i;
	int row;

	encoder->live = 0;
	for (row = 0; row < NR_ROW_KINDS; row++)
		for (i = 0; i < encoder->known[row].count; i++) {
			known = &encoder->known[row].rows[i];
			if (known->part == mark) {
				encoder->live++;
				continue;
			}
			known->serial = 0;
			free(known->values);
			known->values = NULL;
		}
}

/* Rows that are gone keep their place until the next base. */
#define GONE_MAX 20000

bool encoder_is_worn(const struct encoder *encoder)
{
	return encoder->next_serial > 4 * encoder->live + GONE_MAX;
}

static int finish(struct encoder *encoder, const struct buffer *ret, int error)
{
	int row, part;

	for (part = 0; part < NR_PARTS; part++)
		for (row = 0; row < NR_ROW_KINDS; row++)
			encoder->pending[part][row].count = 0;
	encoder->part = PART_ONCE;
	encoder->window++;
	return ret->failed ? -ENOMEM : error;
}

int encode_window(struct encoder *encoder, uint64_t from_ns, uint64_t to_ns, struct buffer *ret)
{
	int error;

	encoder->from_ns = from_ns;
	encoder->to_ns = to_ns;
	put_varint(ret, encoder->next_serial);
	put_varint(ret, encoder->next_string);
	error = put_part(encoder, PART_ONCE, ret);
	if (!error)
		error = put_part(encoder, PART_STATE, ret);
	drop_gone(encoder);
	return finish(encoder, ret, error);
}

void encoder_skip(struct encoder *encoder)
{
	int row;

	for (row = 0; row < NR_ROW_KINDS; row++)
		encoder->pending[PART_STATE][row].count = 0;
	encoder->part = PART_ONCE;
}

/* Puts all rows that the reader knows back among the pending, and forgets them. */
static int recall_rows(struct encoder *encoder)
{
	struct record record;
	size_t i;
	int row, error = 0;

	for (row = 0; row < NR_ROW_KINDS; row++) {
		struct known_rows *known = &encoder->known[row];

		record.kind = row_kinds[row].kind;
		for (i = 0; i < known->count && !error; i++) {
			if (!known->rows[i].serial)
				continue;
			memcpy(record_payload_of(&record), known->rows[i].values,
			       row_kinds[row].size);
			error = encoder_add(encoder, &record);
		}
		known_clear(known);
	}
	return error;
}

int encode_base(struct encoder *encoder, const struct record *once, size_t count, uint64_t at_ns,
		struct buffer *ret)
{
	struct pending waiting[NR_PARTS][NR_ROW_KINDS];
	enum trace_part part = encoder->part;
	bool first = !encoder->to_ns;
	size_t i;
	int error = 0;

	/* a later base is of the boundary before; the snapshot under way waits */
	if (!first) {
		memcpy(waiting, encoder->pending, sizeof(waiting));
		memset(encoder->pending, 0, sizeof(encoder->pending));
	}
	encoder->part = PART_ONCE;
	for (i = 0; i < count && !error; i++)
		error = encoder_add(encoder, &once[i]);
	encoder->part = PART_STATE;
	if (!error)
		error = recall_rows(encoder);
	strings_clear(&encoder->strings);
	encoder->next_serial = encoder->next_string = 1;
	error = error ? finish(encoder, ret, error) : encode_window(encoder, at_ns, at_ns, ret);
	if (!first) {
		pending_free(encoder);
		memcpy(encoder->pending, waiting, sizeof(waiting));
		encoder->part = part;
	}
	return error;
}
