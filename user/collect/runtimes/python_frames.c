// SPDX-License-Identifier: GPL-2.0-or-later
/* Walks the Python frames of a sleeping thread. */
#include "collect/runtimes/python_frames.h"

#include <string.h>

#include "collect/reader/memory.h"

#define INTERPRETERS_MAX 4
#define THREADS_MAX 1024
#define OWNER_C 3 /* frames from here on are the interpreter's own; pycore_frame.h, 3.12 */
#define FIRST_TAGGED 14 /* from 3.14 on a reference to code carries a tag */
#define REFERENCE_TAG 3ULL

static bool is_thread(const struct python_layout *layout, const struct wait_look *look,
		      __u64 thread)
{
	__u32 number = 0;

	if (layout->thread_number != NO_OFFSET)
		return memory_read((pid_t)look->tid, thread + layout->thread_number, &number,
				   sizeof(number)) &&
		       number == look->own_tid;
	return look->thread_pointer &&
	       memory_word((pid_t)look->tid, thread + layout->thread_pointer) ==
		       look->thread_pointer;
}

/* The PyThreadState of the thread, 0 when there is none. */
static __u64 find_thread(const struct python_layout *layout, const struct wait_look *look)
{
	pid_t tid = (pid_t)look->tid;
	__u64 interpreter = memory_word(tid, layout->interpreters), thread;
	int i, j;

	for (i = 0; i < INTERPRETERS_MAX && interpreter; i++) {
		thread = memory_word(tid, interpreter + layout->interpreter_threads);
		for (j = 0; j < THREADS_MAX && thread; j++) {
			if (is_thread(layout, look, thread))
				return thread;
			thread = memory_word(tid, thread + layout->thread_next);
		}
		interpreter = memory_word(tid, interpreter + layout->interpreter_next);
	}
	return 0;
}

/* As python_frame_step() of bpf/places/python.bpf.c. */
static __u64 step(const struct python_layout *layout, pid_t tid, __u64 frame,
		  struct python_frame *ret)
{
	__u64 code = memory_word(tid, frame + layout->frame_code);
	__u8 owner = 0;

	memset(ret, 0, sizeof(*ret));
	if (layout->minor >= FIRST_TAGGED)
		code &= ~REFERENCE_TAG;
	if (layout->frame_owner != NO_OFFSET)
		memory_read(tid, frame + layout->frame_owner, &owner, sizeof(owner));
	ret->owner = owner;
	ret->name = memory_word(tid, code + layout->code_name);
	ret->file = memory_word(tid, code + layout->code_file);
	ret->instruction = memory_word(tid, frame + layout->frame_instruction);
	memory_read(tid, code + layout->code_first_line, &ret->first_line, sizeof(ret->first_line));
	ret->code = owner >= OWNER_C || (ret->name && ret->file) ? code : 0;
	if (owner < OWNER_C && !ret->code)
		return 0;
	return memory_word(tid, frame + layout->frame_previous);
}

__u32 python_frames_read(const struct python_layout *layout, const struct wait_look *look,
			 struct python_stack *ret, __u32 *ret_flags)
{
	__u64 frame = find_thread(layout, look);
	pid_t tid = (pid_t)look->tid;
	__u32 i;

	*ret_flags = 0;
	if (!frame) {
		*ret_flags = FRAMES_UNKNOWN;
		return 0;
	}
	frame = memory_word(tid, frame + layout->thread_frame);
	if (frame && layout->c_frame != NO_OFFSET)
		frame = memory_word(tid, frame + layout->c_frame);
	for (i = 0; i < WIRE_FRAMES && frame; i++)
		frame = step(layout, tid, frame, &ret->frames[i]);
	if (frame)
		*ret_flags = FRAMES_DEEPER;
	return i;
}
