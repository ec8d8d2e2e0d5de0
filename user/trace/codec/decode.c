// SPDX-License-Identifier: GPL-2.0-or-later
/* Decodes payloads as described in include/trace_format.h, or arbitrary bytes, into records. */
#include "trace/codec/decode.h"

#include <errno.h>

#include "trace/codec/decode_parts.h"

#define UNKNOWN_MAX 4096 /* rows of lost chunks in one part, beside those that its bytes pay for */

void decoder_init(struct decoder *decoder)
{
	memset(decoder, 0, sizeof(*decoder));
	decoder->table.next_serial = 1;
	decoder->window = 1;
}

static void once_clear(struct decoder *decoder)
{
	size_t i;

	for (i = 0; i < decoder->once_count; i++)
		free(decoder->once[i].values);
	decoder->once_count = decoder->once_state = 0;
}

void decoder_free(struct decoder *decoder)
{
	table_free(&decoder->table);
	once_clear(decoder);
	state_entry_free(&decoder->entered);
	buffer_free(&decoder->slots);
	buffer_free(&decoder->before);
	free(decoder->once);
	memset(decoder, 0, sizeof(*decoder));
}

/* ---- chunks ---------------------------------------------------------------------------------- */
/* Rows of the chunk before, and of this one, that are not in its second part, and will not be. */
static void drop_gone(struct decoder *decoder, uint64_t first_new)
{
	struct decoded_table *table = &decoder->table;
	uint64_t mark = decoder->window * NR_PARTS + PART_STATE, serial;
	size_t i;

	for (i = 0; i < table->older_count; i++)
		if (table->older[i]->part != mark && !table->older[i]->returns) {
			table->by_serial[table->older[i]->serial] = NULL;
			table_row_free(table->older[i]);
			table->rows--;
		}
	for (serial = first_new; serial < table->next_serial; serial++) {
		struct decoded_row *row = table_row(table, serial);

		if (row && row->part != mark && !row->returns) {
			table->by_serial[serial] = NULL;
			table_row_free(row);
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
		return first_new == table->next_serial && first_string == table->string_count + 1 ?
			       0 :
			       -EINVAL;
	if (first_new < table->next_serial || first_new > MAX_SERIALS ||
	    first_string < table->string_count + 1 || first_string > MAX_SERIALS)
		return -EINVAL;
	if (table_grow((void **)&table->strings, &table->string_capacity, first_string,
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
	state_entry_clear(&decoder->entered);
	begin_order(&decoder->table);
	if (cursor.bad)
		return -EINVAL;
	error = skip_lost(decoder, first_new, first_string);
	if (!error)
		error = decode_part(decoder, &cursor, PART_ONCE, first_new);
	decoder->once_state = decoder->once_count;
	if (!error)
		error = decode_part(decoder, &cursor, PART_STATE, first_new);
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
	decoder->gaps++;
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
		error = decode_shift(decoder, &old);
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
	if (!row->values || (decode_is_stale(decoder, row) &&
			     (row->row == ROW_OPEN_WAIT || row->row == ROW_OPEN_LOCK)))
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->kind = row_kinds[row->row].kind;
	memcpy(record_payload_of(ret), row->values, row_kinds[row->row].size);
	decode_take_lost(row, record_payload_of(ret));
	return true;
}
