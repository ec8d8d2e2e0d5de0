// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of bpf/places/python.bpf.c on memory recorded from live CPython processes: which thread state is
 * the current thread's, which frames it has, and what a damaged memory gives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "kernel.h"
#include "recorded_python.h"

#define TGID 77
#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

struct recording {
	const struct python_layout *layout;
	const struct recorded_read *reads;
	size_t read_count;
	const struct recorded_name *names;
	size_t name_count;
	unsigned int tid, frames;
	unsigned long long pointer;
	unsigned int owner; /* of the last frame: 3 is the interpreter's own, of 3.12 on */
};

#define RECORDING(version, number, frames, owner)                                              \
	{                                                                                      \
		&version##_layout, version##_reads, LENGTH(version##_reads), version##_names,  \
			LENGTH(version##_names), number##_TID, frames, number##_POINTER, owner \
	}

static const struct recording recordings[] = {
	RECORDING(python_3_8, PYTHON_3_8, 7, 0),
	RECORDING(python_3_11, PYTHON_3_11, 7, 0),
	RECORDING(python_3_13, PYTHON_3_13, 8, 3),
};

static const char *const functions[] = { "inner", "middle",	      "outer",	   "run",
					 "run",	  "_bootstrap_inner", "_bootstrap" };
static const unsigned int lines[] = { 2, 4, 6, 8 };

/* All memory of a recording, but the reads at one address when without is not 0. */
static void load(const struct recording *recording, __u64 without)
{
	size_t i;

	memory_reset();
	for (i = 0; i < recording->read_count; i++)
		if (recording->reads[i].address != without)
			memory_add(recording->reads[i].address, &recording->reads[i].value,
				   recording->reads[i].size);
	memory_map(&python_layouts, (void *)recording->layout);
}

static const char *name_of(const struct recording *recording, __u64 address)
{
	size_t i;

	for (i = 0; i < recording->name_count; i++)
		if (recording->names[i].address == address)
			return recording->names[i].text;
	return "";
}

static void assert_frames(const struct recording *recording, const struct python_stack *stack)
{
	size_t i;

	for (i = 0; i < LENGTH(functions); i++) {
		assert_string_equal(name_of(recording, stack->frames[i].name), functions[i]);
		assert_int_not_equal(stack->frames[i].code, 0);
		assert_true(stack->frames[i].owner < 3);
	}
	for (i = 0; i < LENGTH(lines); i++) {
		assert_int_equal(stack->frames[i].first_line, lines[i]);
		assert_int_equal(stack->frames[i].file, stack->frames[0].file);
	}
	assert_int_equal(stack->frames[recording->frames - 1].owner, recording->owner);
}

/* By the thread-specific value, where pthread_self is known. */
static void test_frames_by_pointer(void **state)
{
	struct python_stack stack;
	size_t i;

	for (i = 0; i < LENGTH(recordings); i++) {
		memset(&stack, 0, sizeof(stack));
		load(&recordings[i], 0);
		kernel_python_current(1, recordings[i].pointer);
#ifdef __x86_64__
		assert_int_equal(python_take(&stack, TGID), recordings[i].frames);
		assert_frames(&recordings[i], &stack);
#endif
	}
}

/* By the TID in the list of thread states, which CPython keeps from 3.11 on. */
static void test_frames_by_tid(void **state)
{
	struct python_stack stack;
	size_t i;

	for (i = 0; i < LENGTH(recordings); i++) {
		memset(&stack, 0, sizeof(stack));
		load(&recordings[i], 0);
		kernel_python_current(recordings[i].tid, 0);
		if (recordings[i].layout->thread_number == NO_OFFSET) {
			assert_int_equal(python_take(&stack, TGID), FRAMES_UNKNOWN << 16);
			continue;
		}
		assert_int_equal(python_take(&stack, TGID), recordings[i].frames);
		assert_frames(&recordings[i], &stack);
	}
}

static void test_other_threads_and_processes(void **state)
{
	struct python_stack stack;
	size_t i;

	for (i = 0; i < LENGTH(recordings); i++) {
		load(&recordings[i], 0);
		kernel_python_current(1, 0);
		assert_int_equal(python_take(&stack, TGID), FRAMES_UNKNOWN << 16);
		memory_map(&python_layouts, NULL);
		assert_int_equal(python_take(&stack, TGID), 0);
	}
}

/*
 * Without any one of the reads the walk ends, at the latest where it did: never a frame that was
 * not there, and code is 0 in the frame that could not be read.
 */
static void test_every_read_may_fail(void **state)
{
	const struct recording *recording = &recordings[1];
	struct python_stack whole, stack;
	unsigned int count, i;
	size_t left;

	load(recording, 0);
	kernel_python_current(recording->tid, 0);
	memset(&whole, 0, sizeof(whole));
	python_take(&whole, TGID);
	for (left = 0; left < recording->read_count; left++) {
		load(recording, recording->reads[left].address);
		kernel_python_current(recording->tid, 0);
		memset(&stack, 0, sizeof(stack));
		count = python_take(&stack, TGID);
		if (count == FRAMES_UNKNOWN << 16)
			continue;
		assert_true(count <= recording->frames);
		for (i = 0; i < count; i++)
			assert_true(!stack.frames[i].code ||
				    stack.frames[i].code == whole.frames[i].code);
	}
}

/* A list of thread states, and a stack, that lead back to themselves: both walks are bounded. */
static void test_cycles_are_bounded(void **state)
{
	const struct python_layout *layout = &python_3_11_layout;
	static const __u64 interpreter = 0x10000, thread = 0x20000, tid = 5, c_frame = 0x30000;
	static const __u64 frame = 0x31000, code = 0x40000, text = 0x50000, line = 3, owner = 0;
	struct python_stack stack = { 0 };

	memory_reset();
	memory_map(&python_layouts, (void *)layout);
	memory_add(layout->interpreters, &interpreter, 8);
	memory_add(interpreter + layout->interpreter_threads, &thread, 8);
	memory_add(interpreter + layout->interpreter_next, &interpreter, 8);
	memory_add(thread + layout->thread_number, &tid, 8);
	memory_add(thread + layout->thread_next, &thread, 8);
	memory_add(thread + layout->thread_frame, &c_frame, 8);
	memory_add(c_frame + layout->c_frame, &frame, 8);
	memory_add(frame + layout->frame_owner, &owner, 1);
	memory_add(frame + layout->frame_code, &code, 8);
	memory_add(frame + layout->frame_previous, &frame, 8);
	memory_add(code + layout->code_name, &text, 8);
	memory_add(code + layout->code_file, &text, 8);
	memory_add(code + layout->code_first_line, &line, 4);
	kernel_python_current((unsigned int)tid + 1, 0);
	assert_int_equal(python_take(&stack, TGID), FRAMES_UNKNOWN << 16);
	kernel_python_current((unsigned int)tid, 0);
	assert_int_equal(python_take(&stack, TGID), WIRE_FRAMES | FRAMES_DEEPER << 16);
}

/* A frame of the interpreter's own has no names, and does not end the walk; a torn one does. */
static void test_frames_without_names(void **state)
{
	static const __u64 next = 0x2000, code = 0x3000;
	static const __u8 of_c = 3, of_python = 0;
	const struct python_layout *layout = &python_3_13_layout;
	struct python_frame frame;

	memory_reset();
	memory_add(0x1000 + layout->frame_code, &code, 8);
	memory_add(0x1000 + layout->frame_previous, &next, 8);
	memory_add(0x1000 + layout->frame_owner, &of_c, 1);
	assert_int_equal(python_frame_step(layout, 0x1000, &frame), next);
	assert_int_equal(frame.code, code);
	assert_int_equal(frame.owner, 3);
	memory_reset();
	memory_add(0x1000 + layout->frame_code, &code, 8);
	memory_add(0x1000 + layout->frame_previous, &next, 8);
	memory_add(0x1000 + layout->frame_owner, &of_python, 1);
	assert_int_equal(python_frame_step(layout, 0x1000, &frame), 0);
	assert_int_equal(frame.code, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames_by_pointer),
		cmocka_unit_test(test_frames_by_tid),
		cmocka_unit_test(test_other_threads_and_processes),
		cmocka_unit_test(test_every_read_may_fail),
		cmocka_unit_test(test_cycles_are_bounded),
		cmocka_unit_test(test_frames_without_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
