/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a V8 keeps what: its binary says most of it (v8dbg_*: constants for debuggers, which also a
 * stripped one has), the rest is a table by version.
 */
#ifndef BOUNDBY_COLLECT_RUNTIMES_V8_LAYOUT_H
#define BOUNDBY_COLLECT_RUNTIMES_V8_LAYOUT_H

#include <stdbool.h>
#include <sys/types.h>

#include "wire.h"

#define V8_BYTECODE_SIZES 768 /* rooms for three widths of each bytecode; some 200 are in use */

/* Offsets are bytes from the start of an object, types those of its map. */
struct v8_layout {
	struct v8_roots roots;
	__u32 major, minor; /* of V8 */
	/* types */
	__u32 map_type, function_info, scope_info, script, byte_array, trusted_byte_array;
	__u32 bytecode_array, code, instructions; /* instructions: of the object that holds them */
	__u32 first_no_string;
	/* SharedFunctionInfo */
	__u32 info_data, info_name, info_script;
	/* ScopeInfo, in words behind its map */
	__u32 scope_locals, scope_first;
	/* Script */
	__u32 script_source, script_name, script_line_offset, script_id;
	/* BytecodeArray */
	__u32 bytecodes_positions, bytecodes_first;
	/* Code */
	__u32 code_deoptimization, code_positions, code_start, code_size, code_flags;
	__u32 code_start_inside; /* 1: instructions begin there, 0: a pointer to them is there */
	__u32 instructions_code; /* offset of the Code in what holds the instructions; 0: it is that itself */
	__u32 kind_baseline;
	/* DeoptimizationData, in elements */
	__u32 literals, own_info, inlinings;
	__u32 own_info_wrapped; /* offset in a wrapper, 0: none */
	__u32 bytecode_count; /* in each row of sizes; 0: not known, which costs lines of baseline code */
	__u8 bytecode_sizes[V8_BYTECODE_SIZES];
};

/*
 * Looks for V8 in a process: its program, or a library that is it. True and *ret when everything is
 * known that frames take.
 */
bool v8_layout_find(pid_t pid, struct v8_layout *ret);

#endif
