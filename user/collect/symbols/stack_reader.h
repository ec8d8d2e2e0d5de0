/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies of stacks into words: native frames by the image of the process, Python's by its layout. */
#ifndef BOUNDBY_COLLECT_SYMBOLS_STACK_READER_H
#define BOUNDBY_COLLECT_SYMBOLS_STACK_READER_H

#include "collect/symbols/images.h"
#include "collect/runtimes/interpreters.h"
#include "collect/procfs/process_table.h"
#include "collect/runtimes/python_layout.h"
#include "trace/record.h"

#define STACK_TEXT_LEN 8192
#define STACK_PLACES 512 /* Python places kept by code and instruction */

/* Zeroed before use but for the borrowed ones, freed by stack_reader_free. */
struct stack_reader {
	struct images images;
	const struct interpreters *interpreters; /* borrowed, as the next */
	const struct process_table *processes;
	struct known_place {
		uint64_t process_start_ns;
		struct python_frame frame;
		struct python_place place;
	} places[STACK_PLACES];
};

struct stack_text {
	char frames[STACK_TEXT_LEN]; /* a line each, innermost first */
	char where[RECORD_PLACE_LEN]; /* the program's own innermost, "" not known */
};

/*
 * Reads a stack while its process lives. native: false leaves the native frames out, which are the
 * dear part. now: CLOCK_MONOTONIC ns.
 */
void stack_read(struct stack_reader *reader, const struct stack_event *event, bool native,
		uint64_t now, struct stack_text *ret);

void stack_reader_free(struct stack_reader *reader);

#endif
