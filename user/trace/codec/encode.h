/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Encodes the records of one snapshot as the payload of a chunk: the changes since the previous
 * snapshot, or the complete state. Does not know the file.
 */
#ifndef BOUNDBY_TRACE_CODEC_ENCODE_H
#define BOUNDBY_TRACE_CODEC_ENCODE_H

#include "lib/index.h"
#include "lib/texts.h"
#include "trace/codec/bytes.h"
#include "trace/codec/state_entry.h"
#include "trace/fields.h"
#include "trace/codec/predict.h"

/* Rows of one kind that wait to be encoded, back to back. */
struct pending {
	uint8_t *rows;
	size_t count, capacity;
};

/* A row that the reader knows from the boundary before. */
struct known_row {
	uint64_t serial; /* 0: gone */
	uint64_t to_ns; /* boundary that its values are of */
	uint64_t part; /* in which it was seen last: window number * NR_PARTS + part */
	size_t pending; /* its place there */
	uint8_t *values; /* the record's own struct */
	struct prediction steady;
};

struct encoder {
	struct pending pending[NR_PARTS][NR_ROW_KINDS];
	enum trace_part part; /* that records go to */
	struct known_rows {
		struct known_row *rows;
		size_t count, capacity;
		struct index index; /* by key */
	} known[NR_ROW_KINDS];
	struct texts strings; /* since the last base; the first is number 1 */
	struct state_entries entered; /* of the threads in this chunk's second part */
	uint64_t next_serial, window, live;
	uint64_t from_ns, to_ns;
	bool tell_slow; /* set by the caller */
};

void encoder_init(struct encoder *encoder);
void encoder_free(struct encoder *encoder);

/* Payload of the SCHEMA chunk. */
void encode_schema(struct buffer *ret);

/* Takes a record of the current snapshot (copied). 0 or -ENOMEM. */
int encoder_add(struct encoder *encoder, const struct record *record);

/*
 * Ends the snapshot: appends the payload of its WINDOW chunk to ret. Unless encoder->tell_slow,
 * slow kinds that the reader knows keep their previous values. 0 or -ENOMEM.
 */
int encode_window(struct encoder *encoder, uint64_t from_ns, uint64_t to_ns, struct buffer *ret);

/*
 * Appends the payload of a BASE chunk: once (count records of TRACE_KIND_ONCE), and all rows as of
 * the snapshot at_ns: the previous one, or the first, which ends the current snapshot. Serials and
 * strings restart. 0 or -ENOMEM.
 */
int encode_base(struct encoder *encoder, const struct record *once, size_t count, uint64_t at_ns,
		struct buffer *ret);

/*
 * Ends the snapshot without writing it: its state is dropped, one-shot records wait for the next.
 */
void encoder_skip(struct encoder *encoder);

/* Whether the current snapshot has no one-shot records. */
bool encoder_is_quiet(const struct encoder *encoder);

/* Whether enough rows came and went that a BASE would free memory. */
bool encoder_is_worn(const struct encoder *encoder);

#endif
