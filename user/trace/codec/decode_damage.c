// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Corrects sums for lost chunks: the rows as decoded after a gap, and the next BASE with the true
 * sums, give rows that grow from their present values.
 */
#include <errno.h>

#include "lib/index.h"
#include "trace/codec/decode_parts.h"

void decode_take_lost(const struct decoded_row *row, uint8_t *values)
{
	const struct row_kind *kind = &row_kinds[row->row];
	size_t i, j;

	for (i = 0; row->lost && i < kind->field_count; i++)
		for (j = 0; kind->fields[i].coding == TRACE_SUM && j < kind->fields[i].count; j++)
			field_set(&kind->fields[i], values, j,
				  field_get(&kind->fields[i], values, j) -
					  field_get(&kind->fields[i], row->lost, j));
}

/* Rows of two kinds may have the same key. */
static uint64_t key_of(const struct decoded_row *row)
{
	return index_hash(&row->row, sizeof(row->row), row_key(&row_kinds[row->row], row->values));
}

/* A BASE contains the true sums; the rows already returned continue from their values. */
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
	decode_take_lost(old, row->lost);
	for (i = 0; i < kind->field_count; i++)
		for (j = 0; kind->fields[i].coding == TRACE_SUM && j < kind->fields[i].count; j++)
			field_set(&kind->fields[i], row->lost, j,
				  field_get(&kind->fields[i], row->values, j) -
					  field_get(&kind->fields[i], row->lost, j));
	return 0;
}

int decode_shift(struct decoder *decoder, const struct decoded_table *old)
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
