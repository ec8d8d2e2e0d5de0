/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables that V8 makes with code: from an instruction to the source. Pure; their contents may be anything. */
#ifndef BOUNDBY_COLLECT_RUNTIMES_V8_POSITIONS_H
#define BOUNDBY_COLLECT_RUNTIMES_V8_POSITIONS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct v8_position {
	__u32 offset; /* in the source, in characters */
	__u32 inlined; /* 1 + number of what was inlined there, 0: the function itself */
};

/* Takes a position apart. False: it is none. */
bool v8_position_of(__u64 packed, struct v8_position *ret);

/* The last position of a table at or before this offset of its code. False: there is none. */
bool v8_position_find(const __u8 *table, size_t size, __u32 at, struct v8_position *ret);

struct v8_bytecodes {
	const __u8 *bytes; /* of the function */
	size_t size;
	const __u8 *sizes; /* of each bytecode, for three widths */
	size_t count; /* of bytecodes: a row of sizes */
};

/*
 * The offset of the bytecode that baseline code before `end` (bytes from its start) was made for, by its
 * table. False: none is.
 */
bool v8_baseline_find(const __u8 *table, size_t size, const struct v8_bytecodes *bytecodes,
		      __u32 end, __u32 *ret);

#endif
