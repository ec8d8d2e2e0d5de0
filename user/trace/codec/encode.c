// SPDX-License-Identifier: GPL-2.0-or-later
/* Encodes the records of a snapshot as described in include/trace_format.h. */
#include "trace/codec/encode.h"

#include <errno.h>

#include "lib/vec.h"
#include "trace/codec/encode_parts.h"

void encoder_init(struct encoder *encoder)
{
	memset(encoder, 0, sizeof(*encoder));
	encoder->next_serial = 1;
	encoder->window = 1;
}

static void known_clear(struct known_rows *known)
{
	size_t i;

	for (i = 0; i < known->count; i++) {
		free(known->rows[i].values);
		predict_free(&known->rows[i].steady);
	}
	index_free(&known->index);
	known->count = 0;
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
	state_entry_free(&encoder->entered);
	texts_free(&encoder->strings);
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
/* The entry of a key, made when there is none. NULL: out of memory. */
static struct known_row *known_of(struct known_rows *known, const struct row_kind *kind,
				  const uint8_t *values)
{
	uint64_t key = row_key(kind, values);
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

/* ---- sections -------------------------------------------------------------------------------- */
static int section_alloc(struct section *section, size_t count)
{
	if (!count)
		count = 1; /* of nothing calloc may return NULL */
	section->known = calloc(count, sizeof(*section->known));
	section->serials = calloc(count, sizeof(*section->serials));
	section->masks = calloc(count, sizeof(*section->masks));
	section->elements = calloc(count, sizeof(*section->elements));
	return section->known && section->serials && section->masks && section->elements ? 0 :
											   -ENOMEM;
}

static void section_free(struct section *section)
{
	free(section->known);
	free(section->expected);
	free(section->serials);
	free(section->masks);
	free(section->elements);
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
		if (known->serial && section->kind->slow && !encoder->tell_slow &&
		    part == PART_STATE)
			memcpy(pending->rows + i * section->kind->size, known->values,
			       section->kind->size);
		if (known->serial)
			section->known[i] = known;
		else
			known->serial = encoder->next_serial++;
		section->serials[i] = known->serial;
	}
	return 0;
}

/* A row of the second part was written, or is predicted. 0 or -ENOMEM. */
static int keep_steady(struct known_row *known, int row, const struct section *section, size_t i)
{
	if (section->goes_on && section->known[i] && !section->masks[i]) {
		known->steady.windows++;
		return 0;
	}
	return predict_update(&known->steady, row, known->values);
}

struct place {
	uint64_t serial;
	size_t at;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *one = a, *other = b;

	return (one->serial > other->serial) - (one->serial < other->serial);
}

/*
 * Sorts rows of kinds without a meaningful order by serial, which gives few runs. In place: the
 * rows may be another encoder's too. 0 or -ENOMEM.
 */
static int order_rows(struct pending *pending, struct section *section)
{
	size_t size = section->kind->size, i;
	struct known_row **known = malloc(section->count * sizeof(struct known_row *));
	struct place *places = malloc(section->count * sizeof(*places));
	uint8_t *rows = malloc(section->count * size);

	if (!places || !rows || !known) {
		free(places);
		free(rows);
		free(known);
		return -ENOMEM;
	}
	for (i = 0; i < section->count; i++)
		places[i] = (struct place){ section->serials[i], i };
	qsort(places, section->count, sizeof(*places), compare_places);
	for (i = 0; i < section->count; i++) {
		section->serials[i] = places[i].serial;
		known[i] = section->known[places[i].at];
		memcpy(rows + i * size, pending->rows + places[i].at * size, size);
	}
	memcpy(pending->rows, rows, section->count * size);
	free(places);
	free(rows);
	free(section->known);
	section->known = known;
	return 0;
}

static bool in_order(const struct section *section)
{
	size_t i;

	for (i = 1; i < section->count; i++)
		if (section->serials[i] < section->serials[i - 1])
			return false;
	return true;
}

/* From now on the reader knows these. */
static int keep_rows(struct encoder *encoder, enum trace_part part, int row,
		     const struct section *section)
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
		if (part == PART_STATE && keep_steady(known, row, section, i))
			return -ENOMEM;
		if (row == ROW_THREAD && part == PART_STATE &&
		    state_entry_add(&encoder->entered, (const struct record_thread *)values))
			return -ENOMEM;
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
	if (!error && !once && kind->any_order && !in_order(&section))
		error = order_rows(pending, &section);
	if (!error && !once)
		error = encode_expect(encoder, part, &section);
	if (!error)
		error = encode_section(encoder, &section, ret);
	if (!error && !once)
		error = keep_rows(encoder, part, row, &section);
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
			if (row_kinds[row].flags & TRACE_KIND_RETURNS)
				continue;
			known->serial = 0;
			predict_free(&known->steady);
			free(known->values);
			known->values = NULL;
		}
}

/* Rows that are gone keep their place until the next base. */
#define GONE_MAX 20000

bool encoder_is_quiet(const struct encoder *encoder)
{
	int row;

	for (row = 0; row < NR_ROW_KINDS; row++)
		if (encoder->pending[PART_ONCE][row].count)
			return false;
	return true;
}

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
	state_entry_clear(&encoder->entered);
	put_varint(ret, encoder->next_serial);
	put_varint(ret, encoder->strings.count + 1);
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
	uint64_t mark = (encoder->window - 1) * NR_PARTS + PART_STATE;
	struct record record;
	size_t i;
	int row, error = 0;

	for (row = 0; row < NR_ROW_KINDS; row++) {
		struct known_rows *known = &encoder->known[row];

		record.kind = row_kinds[row].kind;
		for (i = 0; i < known->count && !error; i++) {
			if (!known->rows[i].serial || known->rows[i].part != mark)
				continue; /* gone, or away */
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

	/* a later BASE is of the previous snapshot; the current one waits */
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
	texts_free(&encoder->strings);
	encoder->next_serial = 1;
	error = error ? finish(encoder, ret, error) : encode_window(encoder, at_ns, at_ns, ret);
	if (!first) {
		pending_free(encoder);
		memcpy(encoder->pending, waiting, sizeof(waiting));
		encoder->part = part;
	}
	return error;
}
