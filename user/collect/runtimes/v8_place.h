/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What frames of V8 are called. */
#ifndef BOUNDBY_COLLECT_RUNTIMES_V8_PLACE_H
#define BOUNDBY_COLLECT_RUNTIMES_V8_PLACE_H

#include "collect/runtimes/frame_place.h"
#include "collect/runtimes/v8_code.h"
#include "collect/runtimes/v8_lines.h"

/* Zeroed before use, freed by v8_lines_free(&lines). */
struct v8_memory {
	struct v8_lines lines;
	struct v8_known known; /* of the process asked about last */
};

/* Where a thread was interrupted, for its innermost frame. */
#define V8_STACK_POINTER 7 /* DWARF number on x86-64 */

struct v8_top {
	const __u64 *registers; /* by DWARF number, program counter last */
	const __u8 *stack; /* what lies at the stack pointer */
	size_t stack_size;
};

enum v8_found {
	V8_FRAME, /* of functions: there are places */
	V8_SKIPPED, /* of V8's own, which says nothing */
	V8_TORN, /* it changed while it was read */
};

#define V8_PLACES_MAX (V8_INLINED_MAX + 1)

/*
 * The functions of a frame, innermost first: compiled code can be of several. top: of the frame that was
 * interrupted, NULL: it called something. *ret_count of them.
 */
enum v8_found v8_places_find(struct v8_memory *memory, const struct v8_heap *heap,
			     uint64_t process_start_ns, const struct v8_frame *frame,
			     const struct v8_top *top, struct frame_place ret[V8_PLACES_MAX],
			     size_t *ret_count);

#endif
