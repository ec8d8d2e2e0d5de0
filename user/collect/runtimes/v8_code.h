/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Code that V8 has compiled, by an address in it. */
#ifndef BOUNDBY_COLLECT_RUNTIMES_V8_CODE_H
#define BOUNDBY_COLLECT_RUNTIMES_V8_CODE_H

#include "collect/runtimes/v8_heap.h"
#include "collect/runtimes/v8_positions.h"

#define V8_OUTSIDE 64 /* addresses kept */

/* What was learned of a process. Zeroed before use. */
struct v8_known {
	__u64 process_start_ns;
	__u64 instructions_map; /* what begins each piece of code, 0 not known */
	__u64 outside[V8_OUTSIDE]; /* by hash: addresses in V8's own code, which never moves */
};

struct v8_code {
	__u64 object; /* Code, tagged */
	__u64 start;
	__u32 size; /* bytes */
	bool baseline; /* else optimised */
};

/* False: the address is in no compiled code. */
bool v8_code_find(const struct v8_heap *heap, struct v8_known *known, __u64 pc,
		  struct v8_code *ret);

/* Is this function (SharedFunctionInfo) the one that the code was compiled for? */
bool v8_code_is_of(const struct v8_heap *heap, const struct v8_code *code, __u64 info);

/* The function that optimised code was compiled for, 0: not known. */
__u64 v8_code_owner(const struct v8_heap *heap, const struct v8_code *code);

/* A position in the source of a function; 0 in info: the last was the outermost. */
struct v8_spot {
	__u64 info; /* SharedFunctionInfo */
	struct v8_position position;
	bool placed; /* its position is known */
};

#define V8_INLINED_MAX 16

/*
 * Where optimised code is, innermost first: functions that it was compiled with, then its own, `info`.
 * at: bytes from its start. Returns how many, at least 1.
 */
size_t v8_code_spots(const struct v8_heap *heap, const struct v8_code *code, __u64 info, __u32 at,
		     struct v8_spot ret[V8_INLINED_MAX]);

/* Offset of the bytecode that baseline code was made for, before `end` bytes from its start. */
bool v8_code_bytecode(const struct v8_heap *heap, const struct v8_code *code, __u64 bytecodes,
		      __u32 end, __u32 *ret);

/* Position of a bytecode in the source. */
bool v8_bytecode_position(const struct v8_heap *heap, __u64 bytecodes, __u32 offset,
			  struct v8_position *ret);

#endif
