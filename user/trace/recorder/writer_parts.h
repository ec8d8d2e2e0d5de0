/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a writer is made of: private to writer.c, ring.c and segments.c, which drive one. */
#ifndef BOUNDBY_TRACE_RECORDER_WRITER_PARTS_H
#define BOUNDBY_TRACE_RECORDER_WRITER_PARTS_H

#include <zlib.h>

#include "trace/codec/encode.h"
#include "trace/recorder/sink.h"
#include "trace/recorder/writer.h"

struct base_entry {
	uint64_t offset, to_ns;
};

struct trace_writer {
	struct sink out; /* its backlog is where chunks are made */
	char *path; /* that was made, NULL none */
	struct encoder encoder;
	struct record *once; /* capture, host, settings: in front of each base */
	size_t once_count, once_capacity;
	struct buffer plain;
	uint64_t offset; /* of the end of the file with all of the backlog */
	uint32_t number;
	struct base_entry *bases;
	size_t base_count, base_capacity;
	uint64_t first_ns, last_ns; /* boundaries in the file or the backlog; first 0: none yet */
	size_t base_bytes, bytes_since_base, windows_since_base;
	uint64_t slow_ns; /* last snapshot with a complete BASE */
	bool each_counts; /* a report of each window was asked for */
	bool last; /* the current snapshot closes the watch */
	bool memory; /* chunks are taken from the backlog; bases come when they are wanted */
	bool base_wanted; /* in front of the next window */
	uint64_t merged; /* windows that had to join the next one */
	uint64_t dropped; /* one-shot records that were not kept */
	uint64_t once_waiting;
	z_stream deflate;
};

/* Without a sink, for callers that take the chunks out of the backlog. NULL: out of memory. */
struct trace_writer *trace_writer_new(bool memory);

/* The head of a file, and its end: where these bases are. Both go to the backlog. */
void writer_put_head(struct trace_writer *writer);
void writer_put_index(struct trace_writer *writer, const struct base_entry *bases, size_t count,
		      uint64_t first_ns, uint64_t last_ns);

/* Frees all but the sink. */
void writer_free(struct trace_writer *writer);

#endif
