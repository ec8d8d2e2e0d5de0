/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A trace file as chunks. Reads an untrusted file by its fd; returns one complete payload after the
 * other, and the damaged ranges in between.
 */
#ifndef BOUNDBY_TRACE_CODEC_CHUNKS_H
#define BOUNDBY_TRACE_CODEC_CHUNKS_H

#include "lib/err.h"
#include "trace/codec/bytes.h"
#include "trace_format.h"

struct base_place {
	uint64_t offset, to_ns;
};

struct chunks {
	int fd;
	const char *name; /* borrowed, for messages */
	uint64_t size, offset; /* of the file; of what is read next */
	struct base_place *bases; /* in their order */
	size_t base_count, base_capacity;
	uint64_t last_ns; /* the last snapshot, according to the chunk headers */
	bool ended; /* the writer wrote its index */
	uint64_t damaged_bytes; /* skipped so far */
	/* read for checksums, and made by inflating: bounded, whatever the file says */
	uint64_t checked_bytes, inflated_bytes;
	struct chunk {
		struct trace_chunk head;
		uint64_t offset;
		bool gap; /* something was skipped before it */
		struct buffer plain;
	} chunk; /* the one read last */
	struct buffer stored;
	struct buffer searched; /* bytes at searched_offset: a search goes on in them */
	uint64_t searched_offset;
	struct buffer ahead; /* bytes at ahead_offset: what is read next lies in them */
	uint64_t ahead_offset;
};

/*
 * Takes a readable, seekable fd, and finds the BASE chunks by the index or by walking over the
 * chunks. 0, or -1 with e filled: not a trace, another major version, or empty. name is borrowed.
 */
int chunks_open(struct chunks *chunks, int fd, const char *name, struct err *e);

/* Reading goes on at this offset, where chunks_open found a base. */
void chunks_seek(struct chunks *chunks, uint64_t offset);

/*
 * The head of the chunk at an offset, unchecked but for its bounds; *ret_next is where the next one
 * is. 1, 0 there is none, negative errno.
 */
int chunks_head(struct chunks *chunks, uint64_t offset, struct trace_chunk *ret,
		uint64_t *ret_next);

/* Reads the next whole chunk into chunks->chunk. 1, 0 at the end, -ENOMEM, or -errno of reading. */
int chunks_next(struct chunks *chunks);

/* Closes the fd too. */
void chunks_close(struct chunks *chunks);

#endif
