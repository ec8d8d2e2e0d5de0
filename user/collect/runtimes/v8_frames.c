// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/runtimes/v8_frames.h"

#include "collect/reader/memory.h"

/* As in bpf/places/v8.bpf.c. */
#define GLIBC_SPECIFIC 0x310
#define GLIBC_KEYS 32
#define OBJECT_TAG 1ULL
#define MARKER_ENTRY (1ULL << 1)
#define MARKER_CONSTRUCT_ENTRY (2ULL << 1)
#define SLOTS_BELOW 40

enum slot { BYTECODE_OFFSET, BYTECODES, ARGUMENTS, FUNCTION, MARKER, CALLER, RETURN_PC, NR_SLOTS };

static __u64 find_isolate(const struct v8_roots *roots, const struct wait_look *look)
{
	pid_t tid = (pid_t)look->tid;
	__u32 key = 0;

	if (!look->thread_pointer)
		return 0;
	if (!roots->isolate_key)
		return memory_word(tid, look->thread_pointer + (__u64)roots->isolate_at);
	if (!memory_read(tid, roots->isolate_key, &key, sizeof(key)) || key >= GLIBC_KEYS)
		return 0;
	return memory_word(tid, look->thread_pointer + GLIBC_SPECIFIC + key * 16ULL + 8);
}

__u32 v8_frames_read(const struct v8_roots *roots, const struct wait_look *look,
		     struct v8_stack *ret, __u32 *ret_flags)
{
	__u64 isolate = find_isolate(roots, look), slots[NR_SLOTS], pc = 0, frame;
	pid_t tid = (pid_t)look->tid;
	__u32 i;

	*ret_flags = 0;
	frame = isolate ? memory_word(tid, isolate + roots->entry) : 0;
	for (i = 0; i < WIRE_FRAMES && frame; i++) {
		if (!memory_read(tid, frame - SLOTS_BELOW, slots, sizeof(slots)))
			break;
		ret->frames[i] = (struct v8_frame){
			.pc = pc,
			.marker = slots[MARKER],
			.shared = slots[MARKER] & OBJECT_TAG ?
					  memory_word(tid, slots[FUNCTION] - OBJECT_TAG +
								   roots->shared) :
					  0,
			.bytecodes = slots[BYTECODES],
			.bytecode_offset = slots[BYTECODE_OFFSET],
		};
		pc = slots[RETURN_PC];
		frame = slots[MARKER] == MARKER_ENTRY || slots[MARKER] == MARKER_CONSTRUCT_ENTRY ||
					slots[CALLER] <= frame ?
				0 :
				slots[CALLER];
	}
	if (i)
		*ret_flags = FRAMES_V8 | (frame ? FRAMES_DEEPER : 0);
	return i;
}
