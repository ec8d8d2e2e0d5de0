/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What decoding is made of: private to decode*.c. */
#ifndef BOUNDBY_TRACE_CODEC_DECODE_PARTS_H
#define BOUNDBY_TRACE_CODEC_DECODE_PARTS_H

#include "trace/codec/decode.h"

#define MAX_SERIALS (1U << 22) /* since a base */

/* ---- decode_table.c: rows and strings by number ---- */
void table_free(struct decoded_table *table);
void table_row_free(struct decoded_row *row);

/* Room for an entry at this place, those in between zeroed. 0 or -ENOMEM. */
int table_grow(void **items, size_t *capacity, size_t place, size_t size);

/* NULL: there is none. */
struct decoded_row *table_row(const struct decoded_table *table, uint64_t serial);

/* A new row, all 0; row: ROW_*, -1 not known here. 0, -EINVAL beyond the bounds, -ENOMEM. */
int table_add_row(struct decoded_table *table, uint64_t serial, int row, struct decoded_row **ret);

/* Reads a string's number, or a new string; "" when its chunk is lost. 0, -EINVAL, -ENOMEM. */
int table_string(struct decoded_table *table, struct cursor *cursor, const char **ret);

/* ---- decode_section.c ---- */
/* Reads all sections of a part; serials from first_new on are new. 0, -EINVAL, -ENOMEM. */
int decode_part(struct decoder *decoder, struct cursor *cursor, enum trace_part part,
		uint64_t first_new);

/* ---- decode_damage.c ---- */
/* Chunks in between were lost: fields of the row that are not written again may be out of date. */
static inline bool decode_is_stale(const struct decoder *decoder, const struct decoded_row *row)
{
	return row->stale || row->gaps != decoder->gaps;
}

/* Takes from the sums in values what damage took from the row's before. */
void decode_take_lost(const struct decoded_row *row, uint8_t *values);

/* The rows of a new base go on from where those of the table before are. 0 or -ENOMEM. */
int decode_shift(struct decoder *decoder, const struct decoded_table *old);

#endif
