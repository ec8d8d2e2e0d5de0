// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Determines struct offsets and names from addresses that may be stale or hostile. Every read is
 * bounded, every length checked, and inconsistent data is refused.
 */
#include "collect/runtimes/python_layout.h"

#include <stdio.h>
#include <string.h>

#include "collect/reader/memory.h"
#include "lib/units.h"

#define FIRST_OWN_TABLE 13 /* 3.13 publishes its own offsets */
#define FIRST_SHORT_TEXT 12 /* 3.12: strings lost a member */
#define NO NO_OFFSET
#define TEXT_MAX 4096 /* longer names and paths are none */
#define LINES_MAX 65536 /* bytes of a line table */
#define THREAD_INTERPRETER 16 /* PyThreadState.interp, in all versions */
#define NUMBER_MAX 0x400000 /* PID_MAX_LIMIT */

/*
 * By CPython's own headers, confirmed on living interpreters. interpreters and key (autoTSSkey's,
 * gone in 3.15): offsets in _PyRuntime.
 */
static const struct python_layout layouts[] = {
	{ 32, 1396, 8, 0, 8, 8, 24, NO, NO, 176, 24, 32, 104, NO, 112, 104, 40, 120, NO, 0 },
	{ 32, 588, 9, 0, 8, 8, 24, NO, NO, 176, 24, 32, 104, NO, 112, 104, 40, 120, NO, 0 },
	{ 32, 588, 10, 0, 8, 8, 24, NO, NO, 176, 24, 32, 96, NO, 112, 104, 40, 120, NO, 0 },
	{ 40, 596, 11, 0, 16, 8, 56, 8, 160, 152, 48, 32, 56, 69, 120, 112, 72, 136, 184, 0 },
	{ 40, 1548, 12, 0, 72, 8, 56, 0, 144, 136, 8, 0, 56, 70, 120, 112, 68, 136, 192, 0 },
};

/* Where _Py_DebugOffsets of each version holds the offset of what: pycore_debug_offsets.h. */
static const struct python_layout own[] = {
	{ 40,  2164, 13,  64,  72,  168, 184, NO,  200, 192,
	  232, 240,  248, 264, 288, 280, 312, 304, 344, 0 },
	{ 40,  2340, 14,  64,  72,  192, 208, NO,  224, 216,
	  256, 264,  272, 288, 328, 320, 352, 344, 384, 0 },
	{ 40, 0, 15, 64, 72, 192, 208, NO, 248, 240, 320, 328, 336, 352, 392, 384, 416, 408, 448, 0 },
};

/* Follows the runtime's own table. False when an offset is none. */
static bool read_own(pid_t pid, uint64_t runtime, struct python_layout *layout)
{
	__u32 *const members[] = {
		&layout->interpreter_next, &layout->interpreter_threads, &layout->thread_next,
		&layout->thread_frame,	   &layout->thread_number,	 &layout->thread_pointer,
		&layout->frame_previous,   &layout->frame_code,		 &layout->frame_instruction,
		&layout->frame_owner,	   &layout->code_name,		 &layout->code_file,
		&layout->code_first_line,  &layout->code_lines,		 &layout->code_bytes,
	};
	uint64_t value;
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (!memory_read(pid, runtime + *members[i], &value, sizeof(value)) ||
		    value >= 1 << 20)
			return false;
		*members[i] = (__u32)value;
	}
	layout->interpreters = memory_word(pid, runtime + layout->interpreters);
	return layout->interpreters && layout->interpreters < 1 << 20;
}

/* Text of a str object as UTF-8. False when it is none. */
static bool read_text(pid_t pid, unsigned int minor, uint64_t object, char *ret, size_t size)
{
	uint64_t header = minor >= FIRST_SHORT_TEXT ? 40 : 48, head[5];
	uint8_t text[TEXT_MAX];
	uint32_t state, kind, value;
	size_t used = 0, length, i;

	/* refcount, type, length, hash, state */
	if (!memory_read(pid, object, head, sizeof(head)))
		return false;
	length = head[2];
	state = (uint32_t)head[4];
	kind = state >> 2 & 7;
	if (!(state >> 5 & 1) || (kind != 1 && kind != 2 && kind != 4) || !length ||
	    length > TEXT_MAX / kind)
		return false;
	if (!(state >> 6 & 1))
		header += minor >= FIRST_SHORT_TEXT ? 16 : 24;
	if (!memory_read(pid, object + header, text, length * kind))
		return false;
	for (i = 0; i < length && used + 5 < size; i++) {
		value = kind == 1 ? text[i] :
			kind == 2 ? (uint32_t)text[2 * i] | (uint32_t)text[2 * i + 1] << 8 :
				    (uint32_t)text[4 * i] | (uint32_t)text[4 * i + 1] << 8 |
					    (uint32_t)text[4 * i + 2] << 16 |
					    (uint32_t)text[4 * i + 3] << 24;
		if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
			return false;
		if (value < 0x80) {
			ret[used++] = (char)value;
		} else if (value < 0x800) {
			ret[used++] = (char)(0xc0 | value >> 6);
			ret[used++] = (char)(0x80 | (value & 0x3f));
		} else if (value < 0x10000) {
			ret[used++] = (char)(0xe0 | value >> 12);
			ret[used++] = (char)(0x80 | (value >> 6 & 0x3f));
			ret[used++] = (char)(0x80 | (value & 0x3f));
		} else {
			ret[used++] = (char)(0xf0 | value >> 18);
			ret[used++] = (char)(0x80 | (value >> 12 & 0x3f));
			ret[used++] = (char)(0x80 | (value >> 6 & 0x3f));
			ret[used++] = (char)(0x80 | (value & 0x3f));
		}
	}
	ret[used] = '\0';
	return true;
}

/* ---- lines ------------------------------------------------------------------------------------ */
/* Lines and steps are the target's, and may be anything. */
static int add(int line, int64_t step)
{
	return (int)((unsigned int)line + (unsigned int)step);
}

/* co_lnotab, up to 3.9: pairs of address and line steps. */
static int line_by_steps(const uint8_t *table, size_t size, int line, int64_t at)
{
	int64_t address = 0;
	size_t i;

	for (i = 0; i + 1 < size; i += 2) {
		address += table[i];
		if (address > at)
			break;
		line = add(line, (int8_t)table[i + 1]);
	}
	return line;
}

/* co_linetable of 3.10: pairs of range length and line step; -128: the range has no line. */
static int line_by_ranges(const uint8_t *table, size_t size, int line, int64_t at)
{
	int64_t end = 0;
	size_t i;

	for (i = 0; i + 1 < size; i += 2) {
		end += table[i];
		if ((int8_t)table[i + 1] != -128)
			line = add(line, (int8_t)table[i + 1]);
		if (at < end)
			return (int8_t)table[i + 1] == -128 ? 0 : line;
	}
	return 0;
}

static uint64_t varint(const uint8_t *table, size_t size, size_t *at)
{
	uint64_t value = 0;
	unsigned int shift = 0;

	while (*at < size && shift < 60) {
		value |= (uint64_t)(table[*at] & 0x3f) << shift;
		shift += 6;
		if (!(table[(*at)++] & 0x40))
			break;
	}
	return value;
}

/* co_linetable, 3.11 on: Objects/locations.md. */
static int line_by_entries(const uint8_t *table, size_t size, int line, int64_t at)
{
	int64_t end = 0;
	size_t i = 0;
	uint64_t step;
	unsigned int code;

	while (i < size && table[i] & 0x80) {
		code = table[i] >> 3 & 0xf;
		end += ((table[i] & 7) + 1) * 2;
		i++;
		if (code >= 13 && code <= 14) {
			step = varint(table, size, &i);
			line = add(line, step & 1 ? -(int64_t)(step >> 1) : (int64_t)(step >> 1));
		} else if (code >= 10 && code <= 12) {
			line = add(line, (int64_t)code - 10);
		}
		if (at < end)
			return code == 15 ? 0 : line;
		while (i < size && !(table[i] & 0x80)) /* columns */
			i++;
	}
	return 0;
}

static int line_of(pid_t pid, const struct python_layout *layout, const struct python_frame *frame)
{
	uint64_t lines = memory_word(pid, frame->code + layout->code_lines), size;
	int first = (int)frame->first_line;
	uint8_t table_bytes[LINES_MAX];
	int64_t at;

	/* a bytes object: refcount, type, size, hash, then the bytes */
	size = lines ? memory_word(pid, lines + 16) : 0;
	if (!size || size > LINES_MAX || !memory_read(pid, lines + 32, table_bytes, size))
		return first;
	if (layout->minor >= 11) {
		at = (int64_t)(frame->instruction - frame->code - layout->code_bytes);
		if (at < 0)
			return first;
		return line_by_entries(table_bytes, size, first, at);
	}
	at = (int32_t)frame->instruction;
	if (at < 0)
		return first;
	return layout->minor == 10 ? line_by_ranges(table_bytes, size, first, at * 2) :
				     line_by_steps(table_bytes, size, first, at);
}

/* ---- names ------------------------------------------------------------------------------------ */
bool python_place_find(pid_t pid, const struct python_layout *layout,
		       const struct python_frame *frame, struct frame_place *ret)
{
	char path[TEXT_MAX + 8], name[TEXT_MAX + 8];
	uint32_t first_line;

	memset(ret, 0, sizeof(*ret));
	if (memory_word(pid, frame->code + layout->code_name) != frame->name ||
	    memory_word(pid, frame->code + layout->code_file) != frame->file ||
	    !memory_read(pid, frame->code + layout->code_first_line, &first_line,
			 sizeof(first_line)) ||
	    first_line != frame->first_line ||
	    !read_text(pid, layout->minor, frame->name, name, sizeof(name)) ||
	    !read_text(pid, layout->minor, frame->file, path, sizeof(path)))
		return false;
	ret->line = line_of(pid, layout, frame);
	ret->library = strstr(path, "/lib/python3") || path[0] == '<';
	units_printable_end(path, ret->path, sizeof(ret->path));
	units_printable(frame_place_file(path), strlen(frame_place_file(path)), ret->file,
			sizeof(ret->file));
	units_printable(name, strlen(name), ret->function, sizeof(ret->function));
	return true;
}

/* Does the layout hold? A thread state knows its interpreter; the frame of one has a name. */
static bool holds(pid_t pid, const struct python_layout *layout)
{
	uint64_t interpreter = memory_word(pid, layout->interpreters), thread, frame;
	struct python_frame top = { 0 };
	struct frame_place place;
	uint32_t number;
	int i;

	thread = memory_word(pid, interpreter + layout->interpreter_threads);
	if (!interpreter || memory_word(pid, thread + THREAD_INTERPRETER) != interpreter)
		return false;
	if (layout->thread_number != NO_OFFSET &&
	    (!memory_read(pid, thread + layout->thread_number, &number, sizeof(number)) ||
	     !number || number > NUMBER_MAX))
		return false;
	for (i = 0; i < 64 && thread; i++) {
		frame = memory_word(pid, thread + layout->thread_frame);
		if (frame && layout->c_frame != NO_OFFSET)
			frame = memory_word(pid, frame + layout->c_frame);
		top.code = frame ? memory_word(pid, frame + layout->frame_code) & ~3ULL : 0;
		if (top.code) {
			top.name = memory_word(pid, top.code + layout->code_name);
			top.file = memory_word(pid, top.code + layout->code_file);
			memory_read(pid, top.code + layout->code_first_line, &top.first_line,
				    sizeof(top.first_line));
			if (python_place_find(pid, layout, &top, &place))
				return true;
		}
		thread = memory_word(pid, thread + layout->thread_next);
	}
	return false;
}

bool python_layout_find(pid_t pid, uint64_t runtime, unsigned int minor, struct python_layout *ret)
{
	size_t i;

	if (minor < FIRST_OWN_TABLE) {
		for (i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
			if (layouts[i].minor == minor)
				break;
		if (i == sizeof(layouts) / sizeof(layouts[0]))
			return false;
		*ret = layouts[i];
	} else {
		for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
			if (own[i].minor == minor)
				break;
		if (i == sizeof(own) / sizeof(own[0]))
			return false;
		*ret = own[i];
		if (!read_own(pid, runtime, ret))
			return false;
	}
	ret->interpreters += runtime;
	ret->key += ret->key ? runtime : 0;
	return holds(pid, ret);
}
