/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The slots of V8's frames: one list for the kernel side, which walks the stack of a thread that runs, and
 * for the reader, which walks that of one that sleeps.
 */
#ifndef BOUNDBY_V8_WORDS_H
#define BOUNDBY_V8_WORDS_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#define V8_OBJECT_TAG 1ULL /* of a pointer to an object; numbers and markers have none */
#define V8_MARKER_ENTRY (1ULL << 1) /* C++ called JavaScript there */
#define V8_MARKER_CONSTRUCT_ENTRY (2ULL << 1)
#define V8_SLOTS_BELOW 40 /* bytes of slots below the frame pointer */

/* Slots of a frame, from V8_SLOTS_BELOW below its frame pointer on. */
struct v8_slots {
	__u64 bytecode_offset;
	__u64 bytecodes;
	__u64 arguments;
	__u64 function;
	__u64 marker;
	__u64 caller; /* frame pointer */
	__u64 return_pc;
};

/* Frame pointer of the frame that called this one, 0: that was C++, or the stack is damaged. */
static inline __u64 v8_caller(__u64 frame, const struct v8_slots *slots)
{
	if (slots->marker == V8_MARKER_ENTRY || slots->marker == V8_MARKER_CONSTRUCT_ENTRY ||
	    slots->caller <= frame)
		return 0;
	return slots->caller;
}

#endif
