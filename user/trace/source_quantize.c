// SPDX-License-Identifier: GPL-2.0-or-later
/* Buffers the records of each snapshot of a source, quantizes them and yields them. */
#include "trace/source_quantize.h"

#include <stdlib.h>

#include "lib/vec.h"
#include "trace/quantize.h"

struct source_coarse {
	struct source source; /* first: the interface */
	struct source *from;
	struct quantizer coarse;
	struct record *records; /* of a snapshot */
	size_t count, capacity;
	size_t next; /* first that was not delivered yet */
};

static int no_memory(struct err *e)
{
	return err_set(e, ERR_FAILED, "out of memory; watch fewer threads");
}

/* Reads a whole snapshot, whose first record is there. 1, or the other source's return value. */
static int read_snapshot(struct source_coarse *source, struct err *e)
{
	enum record_kind kind;
	int got;

	do {
		if (vec_reserve((void **)&source->records, &source->capacity, source->count,
				sizeof(*source->records)))
			return no_memory(e);
		got = source->from->ops->next(source->from, &source->records[source->count], e);
		if (got <= 0)
			return got;
		kind = source->records[source->count++].kind;
	} while (kind != RECORD_BOUNDARY);
	if (quantize_snapshot(&source->coarse, source->records, source->count))
		return no_memory(e);
	return 1;
}

static int quantize_next(struct source *source, struct record *ret, struct err *e)
{
	struct source_coarse *coarse = (struct source_coarse *)source;
	int got;

	if (coarse->next == coarse->count) {
		coarse->next = coarse->count = 0;
		got = coarse->from->ops->next(coarse->from, ret, e);
		if (got > 0 && ret->kind == RECORD_CAPTURE)
			quantize_begin(&coarse->coarse, &ret->capture);
		if (got <= 0 || ret->kind != RECORD_SNAPSHOT || coarse->coarse.each_counts)
			return got;
		if (vec_reserve((void **)&coarse->records, &coarse->capacity, 0,
				sizeof(*coarse->records)))
			return no_memory(e);
		coarse->records[coarse->count++] = *ret;
		got = read_snapshot(coarse, e);
		if (got <= 0) {
			coarse->count = 0;
			return got;
		}
	}
	*ret = coarse->records[coarse->next++];
	return 1;
}

/* The rest of the snapshot is here, or comes from the other source. */
static uint64_t quantize_leave_out(struct source *source, uint64_t more)
{
	struct source_coarse *coarse = (struct source_coarse *)source;

	if (coarse->coarse.each_counts)
		return coarse->from->ops->leave_out(coarse->from, more);
	coarse->next = coarse->count = 0;
	return 0;
}

static void quantize_close(struct source *source)
{
	struct source_coarse *coarse = (struct source_coarse *)source;

	coarse->from->ops->close(coarse->from);
	quantize_free(&coarse->coarse);
	free(coarse->records);
	free(coarse);
}

int source_quantize_open(struct source *from, struct source **ret, struct err *e)
{
	static const struct source_ops ops = { .next = quantize_next,
					       .leave_out = quantize_leave_out,
					       .close = quantize_close };
	struct source_coarse *coarse = calloc(1, sizeof(*coarse));

	if (!coarse) {
		from->ops->close(from);
		return no_memory(e);
	}
	coarse->source.ops = &ops;
	coarse->from = from;
	*ret = &coarse->source;
	return 0;
}
