/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boundby's end of the helper: a question goes there with a deadline, and what is not answered by then is
 * not known. A helper that misses it, or dies, is ended and replaced; one that cannot be ended is left
 * behind. Waiting without an answer is bounded, for each process and in all: names are best effort, the
 * watch is not.
 */
#ifndef BOUNDBY_COLLECT_READER_READER_H
#define BOUNDBY_COLLECT_READER_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "lib/err.h"

struct reader;

/*
 * Starts the helper; to be called before anything is open that it should not have. stop: as in
 * live_config, may be NULL. 0, or -1 with e filled.
 */
int reader_start(const volatile int *stop, struct reader **ret, struct err *e);
void reader_stop(struct reader *reader);

struct question {
	uint32_t kind; /* enum reader_kind */
	uint32_t pid; /* of the process that it is about, 0: of several */
	uint64_t start_ns;
	const void *body, *tail; /* the message, in one or two parts */
	size_t body_size, tail_size;
	void *answer; /* exactly answer_size bytes are expected */
	size_t answer_size;
};

/* False: no answer, and *answer is undefined. */
bool reader_ask(struct reader *reader, const struct question *question);

/* Questions that had no answer since the start. */
uint64_t reader_unanswered(const struct reader *reader);

/* CPU time of all helpers so far, and the memory of the present one. */
uint64_t reader_cpu_ns(struct reader *reader);
uint64_t reader_rss_bytes(const struct reader *reader);

#endif
