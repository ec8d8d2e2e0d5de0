/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What encoding is made of: private to encode*.c. */
#ifndef BOUNDBY_TRACE_CODEC_ENCODE_PARTS_H
#define BOUNDBY_TRACE_CODEC_ENCODE_PARTS_H

#include "trace/codec/encode.h"

/* What a section is made of, while it is written. */
struct section {
	const struct row_kind *kind;
	const uint8_t *rows; /* new values, back to back */
	size_t count;
	struct known_row **known; /* what the reader has of each; NULL: nothing */
	uint8_t *expected; /* what it takes each of those to be now, back to back; NULL: as it was */
	bool goes_on; /* sums are predicted where nothing is written */
	uint64_t *serials;
	uint64_t *masks;
	uint64_t *elements; /* the same of an array, while it is written */
};

/* ---- encode_expected.c ---- */
/* Fills in what the reader expects of the rows that it has. 0 or -ENOMEM. */
int encode_expect(const struct encoder *encoder, enum trace_part part, struct section *section);

/* ---- encode_section.c ---- */
/* Appends a section of rows whose serials and known values are filled in. 0 or -ENOMEM. */
int encode_section(struct encoder *encoder, struct section *section, struct buffer *ret);

#endif
