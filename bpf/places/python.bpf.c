// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The Python stack of the current thread: code objects by address, innermost frame first, read with
 * the struct offsets of its CPython. Names are read in user space, where a code object that has
 * changed since is detected by its parts. The thread may be interrupted anywhere, also in the
 * middle of an update. Each step is a separate function, so that the verifier checks it once
 * instead of once per frame.
 */
#include "places/python.bpf.h"

#include "core_compat.bpf.h"
#include "filter.bpf.h"
#include "places/user_memory.bpf.h"

#define INTERPRETERS_MAX 4
#define THREADS_MAX 64
#define THREADS_STEP 8
#define OWNER_C 3 /* frames from here on are the interpreter's own; pycore_frame.h, 3.12 */
#define FIRST_TAGGED 14 /* from 3.14 on a reference to code carries a tag */
#define REFERENCE_TAG 3ULL
#define THREAD_INTERPRETER 16 /* PyThreadState.interp, in all versions */

/* Is the thread state at this address the one of the thread with this number, or pointer? */
__noinline __u32 python_is_thread(const struct python_layout *layout, __u64 thread, __u32 number,
				  __u64 pointer)
{
	if (!layout)
		return 0;
	if (layout->thread_number != NO_OFFSET)
		return (__u32)peek(thread + layout->thread_number) == number;
	return pointer && peek(thread + layout->thread_pointer) == pointer;
}

/*
 * The thread state that the interpreter keeps as a thread-specific value: with several interpreters
 * in one thread, the one that runs. What is found there is taken only if its interpreter is one of
 * the process.
 */
static __noinline __u64 find_specific(const struct python_layout *layout, __u64 pointer)
{
	__u64 thread, interpreter, own;
	__u32 i;

	if (!layout->key || !pointer)
		return 0;
	thread = peek_specific(layout->key, pointer);
	own = thread ? peek(thread + THREAD_INTERPRETER) : 0;
	interpreter = peek(layout->interpreters);
	for (i = 0; i < INTERPRETERS_MAX && interpreter && own; i++) {
		if (own == interpreter)
			return thread;
		interpreter = peek(interpreter + layout->interpreter_next);
	}
	return 0;
}

/* How far the search for the thread state of the current thread has come. */
struct python_search {
	__u64 thread; /* the one to look at next, 0 none */
	__u64 pointer; /* what pthread_self of the thread returns */
	__u32 number; /* its thread id in its own PID namespace */
	__u32 pad;
};

/* Looks at the next few thread states. 1: search->thread is the one. Global, as its caller. */
__noinline __u32 python_search_step(const struct python_layout *layout,
				    struct python_search *search)
{
	__u32 i;

	if (!layout || !search)
		return 0;
	for (i = 0; i < THREADS_STEP && search->thread; i++) {
		if (python_is_thread(layout, search->thread, search->number, search->pointer))
			return 1;
		search->thread = peek(search->thread + layout->thread_next);
	}
	return 0;
}

/* Looks at the thread states of one interpreter. 1: search->thread is the one. */
__noinline __u32 python_search_interpreter(const struct python_layout *layout, __u64 interpreter,
					   struct python_search *search)
{
	__u32 i;

	if (!layout || !search)
		return 0;
	search->thread = peek(interpreter + layout->interpreter_threads);
	for (i = 0; i < THREADS_MAX / THREADS_STEP; i++)
		if (python_search_step(layout, search))
			return 1;
	return 0;
}

/* The PyThreadState of the current thread, 0 when none is. */
static __noinline __u64 find_thread(const struct python_layout *layout)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct python_search search = { .pointer = compat_thread_pointer(task),
					.number = filter_own_number(task) };
	__u64 interpreter, thread = find_specific(layout, search.pointer);
	__u32 i;

	if (thread)
		return thread;
	interpreter = peek(layout->interpreters);
	for (i = 0; i < INTERPRETERS_MAX && interpreter; i++) {
		if (python_search_interpreter(layout, interpreter, &search))
			return search.thread;
		interpreter = peek(interpreter + layout->interpreter_next);
	}
	return 0;
}

/*
 * Fills *ret with the frame at this address. Returns the address of the one that called it, 0
 * none; ret->code is 0 when the frame could not be read.
 */
__u64 python_frame_step(const struct python_layout *layout, __u64 frame, struct python_frame *ret)
{
	__u64 code;
	__u8 owner = 0;

	if (!layout || !ret)
		return 0;
	code = peek(frame + layout->frame_code);
	if (layout->minor >= FIRST_TAGGED)
		code &= ~REFERENCE_TAG;
	if (layout->frame_owner != NO_OFFSET)
		bpf_probe_read_user(&owner, sizeof(owner), (void *)(frame + layout->frame_owner));
	ret->owner = owner;
	ret->first_line = 0;
	ret->name = peek(code + layout->code_name);
	ret->file = peek(code + layout->code_file);
	ret->instruction = peek(frame + layout->frame_instruction);
	bpf_probe_read_user(&ret->first_line, sizeof(ret->first_line),
			    (void *)(code + layout->code_first_line));
	ret->code = owner >= OWNER_C || (ret->name && ret->file) ? code : 0;
	if (owner < OWNER_C && !ret->code)
		return 0;
	return peek(frame + layout->frame_previous);
}

__u32 python_take(struct python_stack *stack, __u32 tgid)
{
	const struct python_layout *layout = bpf_map_lookup_elem(&python_layouts, &tgid);
	__u64 frame;
	__u32 i;

	if (!layout || !stack)
		return 0;
	frame = find_thread(layout);
	if (!frame)
		return FRAMES_UNKNOWN << 16;
	frame = peek(frame + layout->thread_frame);
	if (frame && layout->c_frame != NO_OFFSET)
		frame = peek(frame + layout->c_frame);
	for (i = 0; i < WIRE_FRAMES && frame; i++)
		frame = python_frame_step(layout, frame, &stack->frames[i]);
	return i | (frame ? FRAMES_DEEPER << 16 : 0);
}
