/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stacks and addresses of a target are called, as the helper says (collect/reader/). */
#ifndef BOUNDBY_COLLECT_READER_STACK_READER_H
#define BOUNDBY_COLLECT_READER_STACK_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "collect/reader/names.h"
#include "wire.h"

struct interpreters;
struct process_table;
struct reader;

#define STACK_KNOWN 16 /* processes that the helper may have an image of */

/* Zeroed before use except the borrowed ones; nothing to free. */
struct stack_reader {
	struct reader *helper; /* borrowed, as the next */
	const struct interpreters *interpreters;
	const struct process_table *processes;
	struct {
		uint64_t start_ns;
		uint32_t pid;
	} known[STACK_KNOWN]; /* asked about last */
	unsigned int next; /* of known, to be replaced */
};

/*
 * Reads a stack while its process lives. native: false leaves the native frames out, which are the
 * dear part. now: CLOCK_MONOTONIC ns.
 */
void stack_read(struct stack_reader *reader, const struct stack_event *event, bool native,
		uint64_t now, struct stack_text *ret);

/*
 * Takes a frame off such lines: its words, and the full path of its source ("" not known, cut at the
 * front where it does not fit). False: there is none left.
 */
bool stack_text_next(const char **lines, char ret_text[RECORD_PLACE_LEN],
		     char ret_file[RECORD_FILE_LEN]);

/* False: nothing is mapped there, or the process cannot be read. */
bool stack_address_read(struct stack_reader *reader, uint32_t pid, uint64_t process_start_ns,
			uint64_t address, uint64_t now, struct stack_address *ret);

/* The process is over: its files are closed. */
void stack_reader_forget(struct stack_reader *reader, uint32_t pid, uint64_t process_start_ns);

#endif
