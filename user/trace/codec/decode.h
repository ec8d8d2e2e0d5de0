/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decodes payloads of chunks into rows. Input is untrusted; returns rows or -EINVAL. Does not know
 * the file. After a damaged chunk rows continue from what is known: what was lost stays missing
 * from the sums for good, so that later windows are right.
 */
#ifndef BOUNDBY_TRACE_CODEC_DECODE_H
#define BOUNDBY_TRACE_CODEC_DECODE_H

#include "trace/codec/bytes.h"
#include "trace/codec/state_entry.h"
#include "trace/fields.h"
#include "trace/codec/predict.h"

#define DECODE_MAX_KINDS 64
#define DECODE_MAX_ROWS (1U << 18) /* kept at once: 10,000 threads with all that hangs on them */

/* A kind as the file describes it. */
struct file_kind {
	int row; /* ROW_*, -1: not known here */
	uint32_t flags;
	size_t field_count;
	struct file_field {
		const struct field *local; /* NULL: not known here */
		uint32_t count;
		uint8_t coding, width;
	} fields[FIELDS_MAX];
};

struct decoded_row {
	int row; /* ROW_*, -1 not known here */
	uint64_t serial;
	uint64_t to_ns; /* boundary that its values are of */
	uint64_t part; /* in which it was seen last */
	uint8_t *values; /* the record's own struct; NULL when not known here */
	struct prediction steady;
	uint8_t *lost; /* what damage took from its sums, NULL nothing */
	uint64_t gaps; /* that there were before it */
	bool stale; /* it is of no use before the next base */
	bool returns; /* TRACE_KIND_RETURNS */
};

/* Rows and strings since a base. */
struct decoded_table {
	struct decoded_row **by_serial; /* NULL: gone, or never seen */
	size_t capacity, rows; /* rows: this many */
	uint64_t next_serial;
	struct decoded_row **order,
		**older; /* of the second part, as it came; of the chunk before */
	size_t count, order_capacity, older_count, older_capacity;
	char **strings; /* by number - 1; NULL: its chunk is lost */
	size_t string_count, string_capacity, string_bytes;
};

struct decoder {
	struct file_kind kinds[DECODE_MAX_KINDS];
	size_t kind_count; /* 0: no schema yet */
	struct decoded_table table;
	struct buffer slots, before; /* scratch of a section */
	struct once_row {
		int row;
		uint8_t *values;
	} * once; /* of the first part, in order */
	size_t once_count, once_capacity;
	size_t once_state; /* the first of those in the second part */
	struct state_entries entered; /* of the threads in this chunk's second part */
	uint64_t window, from_ns, to_ns;
	uint64_t gaps; /* that there were */
	uint64_t unknown_left; /* rows of lost chunks that this one may still name */
	bool based; /* a base was read: windows can be */
	bool gap; /* chunks before this one are lost, so rows may be unknown */
	bool gap_windows; /* windows were read since */
	bool shifted; /* rows have lost something */
};

void decoder_init(struct decoder *decoder);
void decoder_free(struct decoder *decoder);

/* Each reads a chunk's payload. 0, -EINVAL damaged (wait for the next base), or -ENOMEM. */
int decode_schema(struct decoder *decoder, const uint8_t *bytes, size_t length);
int decode_base(struct decoder *decoder, const uint8_t *bytes, size_t length, uint64_t at_ns);
int decode_window(struct decoder *decoder, const uint8_t *bytes, size_t length, uint64_t from_ns,
		  uint64_t to_ns);

/* Chunks between the last one read and the next are missing. */
void decoder_gap(struct decoder *decoder);

/* A row of the first part (once) or of the second as a record. */
void decoder_once(const struct decoder *decoder, size_t i, struct record *ret);
bool decoder_state(const struct decoder *decoder, size_t i, struct record *ret);

#endif
