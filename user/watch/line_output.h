/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of a watch on standard output. A pipe that is not read must not hold up the watch, so
 * lines are written without waiting: each goes out whole or not at all, and those that found no
 * room are counted.
 */
#ifndef BOUNDBY_WATCH_LINE_OUTPUT_H
#define BOUNDBY_WATCH_LINE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed before use; closed by line_output_close. */
struct line_output {
	int fd; /* of the caller, or a description of its own where `own` is set */
	int capacity; /* bytes that the pipe can hold; not positive: not known, or no pipe */
	bool own;
	char *pending; /* the line that is being written, NULL: none */
	size_t length, written; /* of that, bytes */
	uint64_t dropped; /* lines that found the one before still unwritten, or no room at the end */
};

/* Writes to fd, which stays the caller's; a pipe is opened again so as not to change its flags. */
void line_output_open(struct line_output *output, int fd);

/*
 * Takes a whole line (malloc'd, its newline included) and owns it: writes what there is room for,
 * the rest in line_output_flush. Dropped and counted when the line before is still unwritten.
 * 0 or negative errno.
 */
int line_output_put(struct line_output *output, char *line, size_t length);

/* Writes more of the pending line, waiting for at most wait_ms. 0 or negative errno. */
int line_output_flush(struct line_output *output, int wait_ms);

/*
 * Gives the pending line up to wait_ms to go out; one that did not begin to is dropped and counted.
 * False: a reader that stopped has half of it, which was longer than the pipe.
 */
bool line_output_close(struct line_output *output, int wait_ms);

#endif
