// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzzes what reads the heap of V8: the first byte chooses how objects lie, the rest is memory from HEAP
 * on, which begins with frames.
 */
#include <string.h>

#include "collect/runtimes/v8_place.h"
#include "reader_world.h"

#define HEAP 0x10000
#define FRAMES 8
#define SMALL 64 /* types: any two bytes of the input may be one */

static const char maps[] = "00010000-00100000 rw-p 00000000 00:00 0\n";

static void fill(struct v8_layout *layout, unsigned int how)
{
	*layout = (struct v8_layout){
		.roots = { .isolate_key = how & 1 ? HEAP + 8 : 0, .entry = 16, .shared = 24 },
		.map_type = 1,
		.function_info = 2,
		.scope_info = 3,
		.script = 4,
		.byte_array = 5,
		.trusted_byte_array = 5,
		.bytecode_array = 6,
		.code = 7,
		.instructions = how & 2 ? 7 : 8,
		.first_no_string = SMALL,
		.info_data = 8,
		.info_name = 16,
		.info_script = 32,
		.scope_locals = 2,
		.scope_first = 3,
		.script_source = 8,
		.script_name = 16,
		.script_line_offset = 24,
		.script_id = 64,
		.bytecodes_positions = 32,
		.bytecodes_first = 54,
		.code_deoptimization = 16,
		.code_positions = 24,
		.code_start = how & 2 ? 96 : 40,
		.code_size = 56,
		.code_flags = 48,
		.code_start_inside = how >> 1 & 1,
		.instructions_code = how & 2 ? 0 : 8,
		.kind_baseline = 11,
		.literals = 2,
		.own_info = 6,
		.inlinings = 7,
		.own_info_wrapped = how & 4 ? 8 : 0,
		.bytecode_count = 200,
	};
	memset(layout->bytecode_sizes, 2, sizeof(layout->bytecode_sizes));
}

static void read_frames(const struct v8_layout *layout, bool interrupted)
{
	struct reader_wait_stack wait = { .layout = { .kind = LAYOUT_V8, .v8 = *layout } };
	static struct reader_stack stack;
	size_t size = FRAMES * sizeof(struct v8_frame);

	wait.look.tgid = wait.look.tid = wait.look.own_tid = WORLD_PID;
	wait.look.thread_pointer = HEAP;
	world_ask(READER_WAIT_STACK, &wait, sizeof(wait));
	memset(&stack, 0, sizeof(stack));
	stack.task = WORLD_PID;
	stack.layout = wait.layout;
	stack.event.tgid = WORLD_PID;
	stack.event.process_start_ns = 1;
	stack.event.frame_flags = FRAMES_V8;
	stack.event.frame_count = FRAMES;
	memcpy(&stack.event.frames, world.memory.start,
	       size < world.memory.size ? size : world.memory.size);
	if (!interrupted)
		stack.event.frames.v8.frames[0].pc = 0;
	world_ask(READER_STACK, &stack, sizeof(stack));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct v8_layout layout;

	if (!size)
		return 0;
	world = (struct world){ .maps = { maps, sizeof(maps) - 1 },
				.memory = { data + 1, size - 1 },
				.memory_at = HEAP };
	fill(&layout, data[0]);
	read_frames(&layout, data[0] & 8);
	return 0;
}
