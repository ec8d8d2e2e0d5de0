// SPDX-License-Identifier: GPL-2.0-or-later
/* Walks the JavaScript frames of a sleeping thread by its frame pointers. */
#include "collect/runtimes/v8_frames.h"

#include "collect/reader/memory.h"
#include "glibc_words.h"
#include "v8_words.h"

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
	return memory_word(tid, GLIBC_VALUE(look->thread_pointer, key));
}

__u32 v8_frames_read(const struct v8_roots *roots, const struct wait_look *look,
		     struct v8_stack *ret, __u32 *ret_flags)
{
	__u64 isolate = find_isolate(roots, look), pc = 0, frame;
	pid_t tid = (pid_t)look->tid;
	struct v8_slots slots;
	__u32 i;

	*ret_flags = 0;
	frame = isolate ? memory_word(tid, isolate + roots->entry) : 0;
	for (i = 0; i < WIRE_FRAMES && frame; i++) {
		if (!memory_read(tid, frame - V8_SLOTS_BELOW, &slots, sizeof(slots)))
			break;
		ret->frames[i] = (struct v8_frame){
			.pc = pc,
			.marker = slots.marker,
			.shared = slots.marker & V8_OBJECT_TAG ?
					  memory_word(tid, slots.function - V8_OBJECT_TAG +
								   roots->shared) :
					  0,
			.bytecodes = slots.bytecodes,
			.bytecode_offset = slots.bytecode_offset,
		};
		pc = slots.return_pc;
		frame = v8_caller(frame, &slots);
	}
	if (i)
		*ret_flags = FRAMES_V8 | (frame ? FRAMES_DEEPER : 0);
	return i;
}
