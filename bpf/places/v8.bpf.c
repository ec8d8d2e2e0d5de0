// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All code that V8 makes keeps a frame pointer, so that its stack is a list. Where it calls C++ it
 * leaves its frame pointer in the isolate, and 0 there when it goes on: nothing of what lies between is
 * unwound. What the slots hold moves when garbage is collected, but not within the moments until user
 * space looks, except functions, which are young: what these point to is taken here.
 */
#include "places/v8.bpf.h"

#include "core_compat.bpf.h"
#include "places/user_memory.bpf.h"
#include "v8_words.h"

static __noinline __u64 find_isolate(const struct v8_roots *roots, __u64 pointer)
{
	if (!roots || !pointer)
		return 0;
	if (!roots->isolate_key)
		return peek(pointer + roots->isolate_at);
	return peek_specific(roots->isolate_key, pointer);
}

/* How far the walk has come. */
struct v8_walk {
	__u64 frame; /* the one to look at next, 0: that was the last */
	__u64 pc; /* where that goes on */
};

/* Fills *ret with the next frame. 0: it cannot be read. Global: the verifier checks it once. */
__noinline __u32 v8_frame_step(const struct v8_roots *roots, struct v8_walk *walk,
			       struct v8_frame *ret)
{
	struct v8_slots slots;

	if (!roots || !walk || !ret)
		return 0;
	if (bpf_probe_read_user(&slots, sizeof(slots), (void *)(walk->frame - V8_SLOTS_BELOW))) {
		walk->frame = 0;
		return 0;
	}
	ret->pc = walk->pc;
	ret->marker = slots.marker;
	ret->bytecodes = slots.bytecodes;
	ret->bytecode_offset = slots.bytecode_offset;
	ret->shared = 0;
	if (slots.marker & V8_OBJECT_TAG)
		ret->shared = peek(slots.function - V8_OBJECT_TAG + roots->shared);
	walk->pc = slots.return_pc;
	walk->frame = v8_caller(walk->frame, &slots);
	return 1;
}

__u32 v8_take(struct v8_stack *stack, __u32 tgid, __u64 frame, __u64 pc)
{
	const struct v8_roots *roots = bpf_map_lookup_elem(&v8_roots, &tgid);
	struct v8_walk walk = { 0 };
	__u64 isolate;
	__u32 i;

	if (!roots || !stack)
		return 0;
	isolate = find_isolate(roots, compat_thread_pointer(bpf_get_current_task_btf()));
	if (!isolate)
		return 0;
	walk.frame = peek(isolate + roots->entry);
	if (!walk.frame) {
		walk.frame = frame;
		walk.pc = pc;
	}
	for (i = 0; i < WIRE_FRAMES && walk.frame; i++)
		if (!v8_frame_step(roots, &walk, &stack->frames[i]))
			break;
	return i ? i | (FRAMES_V8 | (walk.frame ? FRAMES_DEEPER : 0)) << 16 : 0;
}
