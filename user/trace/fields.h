/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which fields a record has and how a file holds each: the one table that writer, reader and the
 * file's own schema come from. A field that is not in it is not recorded.
 */
#ifndef BOUNDBY_TRACE_FIELDS_H
#define BOUNDBY_TRACE_FIELDS_H

#include <stddef.h>
#include <string.h>

#include "trace/record.h"
#include "trace_format.h"

#define FIELDS_MAX 64 /* of a kind: one bit each in a mask */

struct field {
	const char *name; /* stable: files name it */
	uint16_t offset; /* in the record's own struct */
	uint16_t count; /* elements; of a text its bytes */
	uint8_t width; /* bytes of an element */
	uint8_t coding; /* enum trace_coding */
};

struct row_kind {
	const char *name; /* stable: files name it */
	enum record_kind kind;
	uint32_t flags; /* TRACE_KIND_* */
	bool slow; /* only displayed, never used in a verdict: need not be written each time */
	bool any_order; /* the order of rows says nothing: the writer may choose one */
	size_t size; /* of the record's own struct */
	const struct field *fields;
	size_t field_count;
};

enum {
	ROW_CAPTURE,
	ROW_HOST,
	ROW_SETTING,
	ROW_THREAD, /* first of those that are kept: others are read in its light */
	ROW_PROCESS,
	ROW_WAIT,
	ROW_OPEN_WAIT,
	ROW_CALL,
	ROW_LOCK,
	ROW_OPEN_LOCK,
	ROW_LOCK_PLACE,
	ROW_LOCK_FRAME,
	ROW_PLACE_FRAME,
	ROW_PLACE,
	ROW_LONG_WAIT,
	ROW_LONG_WAIT_FRAME,
	ROW_BACKLOG,
	ROW_NEIGHBOUR,
	ROW_WAKER,
	ROW_HISTOGRAM,
	ROW_LOOP,
	ROW_LAG,
	ROW_STALL,
	ROW_STALL_FRAME,
	ROW_INTERVAL,
	ROW_LOSS,
	ROW_OVERHEAD,
	ROW_CLOCK,
	NR_ROW_KINDS,
};

enum trace_part { PART_ONCE, PART_STATE, NR_PARTS }; /* of a chunk, in its order */

extern const struct row_kind row_kinds[NR_ROW_KINDS];

/* The row that a record is, ROW_*; -1 for those that only mark a place in the stream. */
int row_of_record(const struct record *record);

/* Hash of what identifies a row of its kind. */
uint64_t row_key(const struct row_kind *kind, const void *payload);

/* The record's own struct: all of them begin where the union does. */
static inline const void *record_payload(const struct record *record)
{
	return &record->capture;
}

static inline void *record_payload_of(struct record *record)
{
	return &record->capture;
}

/*
 * Reads and writes an element of a field, without its sign. All of a day's recording goes through
 * here: widths are constants to the compiler.
 */
static inline uint64_t field_get(const struct field *field, const void *payload, size_t element)
{
	const uint8_t *at = (const uint8_t *)payload + field->offset + element * field->width;
	uint64_t value = 0;

	switch (field->width) {
	case 8:
		memcpy(&value, at, 8);
		break;
	case 4:
		memcpy(&value, at, 4);
		break;
	case 2:
		memcpy(&value, at, 2);
		break;
	default:
		value = *at;
	}
	return value;
}

static inline void field_set(const struct field *field, void *payload, size_t element,
			     uint64_t value)
{
	uint8_t *at = (uint8_t *)payload + field->offset + element * field->width;

	switch (field->width) {
	case 8:
		memcpy(at, &value, 8);
		break;
	case 4:
		memcpy(at, &value, 4);
		break;
	case 2:
		memcpy(at, &value, 2);
		break;
	default:
		*at = (uint8_t)value;
	}
}

/* Whether an array is encoded element by element in a section whose sums are predicted. */
static inline bool coding_by_elements(uint8_t coding, size_t count)
{
	return coding == TRACE_SUM && count > 1 && count <= 64;
}

/* May the low bits of all numbers of a column be left out, when they are 0 in all of them? */
static inline bool coding_shifts(uint8_t coding)
{
	return coding == TRACE_SUM || coding == TRACE_TIME;
}

#endif
