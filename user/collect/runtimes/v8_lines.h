/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of scripts, by where lines end in their source: which is read once. */
#ifndef BOUNDBY_COLLECT_RUNTIMES_V8_LINES_H
#define BOUNDBY_COLLECT_RUNTIMES_V8_LINES_H

#include <stdint.h>

#include "collect/runtimes/v8_heap.h"

#define V8_SCRIPTS 24

/* Zeroed before use, freed by v8_lines_free. */
struct v8_lines {
	struct v8_script_lines {
		uint64_t key; /* of process, script, name and length; 0: none */
		uint64_t used; /* when, in requests */
		uint32_t *ends; /* offset of each line's end, in characters */
		size_t count, capacity;
		uint32_t length; /* of the source */
	} scripts[V8_SCRIPTS];
	uint64_t requests;
};

/*
 * The line, from 1, that an offset of a script is in. 0: not known. name: that of the script, process:
 * what tells processes apart.
 */
int v8_line_find(struct v8_lines *lines, const struct v8_heap *heap, uint64_t process, __u64 script,
		 const char *name, __u32 offset);

void v8_lines_free(struct v8_lines *lines);

/*
 * Adds the ends of lines in a piece of a source that begins at character `at`; previous: the character
 * before it, 0 none. False: out of memory, or there are too many. Returns the last by *previous.
 */
bool v8_lines_add(struct v8_script_lines *script, const void *text, size_t count, bool wide,
		  uint32_t at, uint32_t *previous);

#endif
