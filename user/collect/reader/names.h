/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a stack or an address of a process is called, as it goes from the helper to boundby. */
#ifndef BOUNDBY_COLLECT_READER_NAMES_H
#define BOUNDBY_COLLECT_READER_NAMES_H

#include <stdint.h>

#include "trace/record.h"

#define STACK_TEXT_LEN 16384
#define STACK_FILE '\t' /* in the line of a frame, before the full path of its source */

struct stack_text {
	char frames[STACK_TEXT_LEN]; /* a line each, innermost first: see stack_text_next */
	char where[RECORD_PLACE_LEN]; /* the program's own innermost, "" not known */
	char runner[RECORD_RUNNER_LEN]; /* Python's: file of the outermost except the thread's start, if it is a
	                                 * library's; "" otherwise */
	uint32_t library; /* 1: Python's frames: there are some, and none is the program's own */
};

/* What lies at an address of a process. */
struct stack_address {
	uint64_t device, inode,
		offset; /* of memory that several processes can share; inode 0: it is private */
	char symbol[RECORD_SYMBOL_LEN]; /* of the variable there, "" none */
};

#endif
