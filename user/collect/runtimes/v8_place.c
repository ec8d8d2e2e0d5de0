// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A frame says which function runs there (SharedFunctionInfo). The line comes from what runs: bytecode,
 * or compiled code, which must have been made for that function. Where these disagree the name stays
 * without a line.
 */
#include "collect/runtimes/v8_place.h"

#include <stdio.h>
#include <string.h>

#include "lib/units.h"

#define LOCALS_MAX 75 /* the names of more are kept elsewhere: scope-info.h */
#define SCOPE_WORDS 8 /* in which the name of the function is, behind its variables */
#define NO_NAME "(anonymous)"
#define BUILT_IN "(built in)"
#define NO_FILE "(eval)"
#define INTERNAL "node:"
#define URL "file://"
#define INSTALLED "/node_modules/"
#define BYTECODES_MAX (1U << 24)
#define RETURNS 4 /* words at the stack pointer, one of which is where code goes on */
#define R9 9 /* DWARF numbers on x86-64 */
#define R12 12

/* ---- names ------------------------------------------------------------------------------------- */
/* The name of a function is the first text behind the variables of its scope. */
static bool name_of_scope(const struct v8_heap *heap, __u64 scope, char *ret, size_t size)
{
	const struct v8_layout *layout = heap->layout;
	__u32 locals, at, i;

	if (!v8_integer(v8_word(heap, scope, 8 + 8ULL * layout->scope_locals), 1U << 16, &locals))
		return false;
	at = layout->scope_first + (locals < LOCALS_MAX ? 2 * locals : 1 + locals);
	for (i = 0; i < SCOPE_WORDS; i++)
		if (v8_text_read(heap, v8_word(heap, scope, 8 + 8ULL * (at + i)), ret, size))
			return true;
	return true; /* it has none */
}

/* False: the object is not what a function's name or scope is. */
static bool read_function(const struct v8_heap *heap, __u64 info, char *ret, size_t size)
{
	__u64 name = v8_word(heap, info, heap->layout->info_name);
	char text[256] = "";
	struct v8_text found;

	if (v8_type(heap, name) == heap->layout->scope_info) {
		if (!name_of_scope(heap, name, text, sizeof(text)))
			return false;
	} else if (name & V8_OBJECT_TAG) {
		if (!v8_text_find(heap, name, &found))
			return false;
		v8_text_read(heap, name, text, sizeof(text));
	}
	units_printable(text[0] ? text : NO_NAME, sizeof(text), ret, size);
	return true;
}

/* False: it is no script, and none that a function of V8's own can have. */
static bool read_script(struct v8_memory *memory, const struct v8_heap *heap, uint64_t process,
			const struct v8_spot *spot, struct frame_place *ret)
{
	const struct v8_layout *layout = heap->layout;
	__u64 script = v8_word(heap, spot->info, layout->info_script);
	char name[1024];
	const char *path = name;

	if (v8_type(heap, script) != layout->script) {
		ret->internal = ret->library = true; /* made of no script: V8's own */
		snprintf(ret->file, sizeof(ret->file), "%s", BUILT_IN);
		return script & V8_OBJECT_TAG;
	}
	v8_text_read(heap, v8_word(heap, script, layout->script_name), name, sizeof(name));
	ret->internal = !strncmp(name, INTERNAL, sizeof(INTERNAL) - 1);
	if (!strncmp(name, URL, sizeof(URL) - 1))
		path += sizeof(URL) - 1;
	if (!*path)
		path = NO_FILE;
	ret->library = ret->internal || strstr(path, INSTALLED);
	if (ret->internal)
		units_printable(path, strlen(path), ret->file, sizeof(ret->file));
	else
		units_printable(frame_place_file(path), strlen(frame_place_file(path)), ret->file,
				sizeof(ret->file));
	units_printable_end(path, ret->path, sizeof(ret->path));
	if (spot->placed && !ret->internal)
		ret->line = v8_line_find(&memory->lines, heap, process, script, name,
					 spot->position.offset);
	return true;
}

/* ---- spots ------------------------------------------------------------------------------------- */
/* Offset of the bytecode that an interpreted frame is at. */
static bool interpreted_at(const struct v8_heap *heap, const struct v8_frame *frame,
			   const struct v8_top *top, __u32 *ret)
{
	const __u32 before = heap->layout->bytecodes_first - 1; /* what offsets in use begin at */
	__u32 length, slot;

	if (v8_type(heap, frame->bytecodes) != heap->layout->bytecode_array ||
	    !v8_integer(v8_word(heap, frame->bytecodes, 8), BYTECODES_MAX, &length) ||
	    !v8_integer(frame->bytecode_offset, BYTECODES_MAX, &slot) || slot < before ||
	    slot - before >= length)
		return false;
	*ret = slot - before;
#if defined(__x86_64__)
	/* the slot is as of the last call; these two registers are the interpreter's own */
	if (top && top->registers[R12] == frame->bytecodes && top->registers[R9] - before < length)
		*ret = (__u32)top->registers[R9] - before;
#else
	(void)top;
#endif
	return true;
}

/* Spots of compiled code that the frame is of. at: bytes from its start, behind a call: exact false. */
static size_t compiled_spots(const struct v8_heap *heap, const struct v8_frame *frame,
			     const struct v8_code *code, __u64 pc, bool exact,
			     struct v8_spot ret[V8_INLINED_MAX])
{
	__u32 at = (__u32)(pc - code->start), bytecode;

	if (!code->baseline)
		return v8_code_spots(heap, code, frame->shared, exact ? at : at - 1, ret);
	ret[0] = (struct v8_spot){ .info = frame->shared };
	ret[0].placed =
		v8_code_bytecode(heap, code, frame->bytecodes, exact ? at + 1 : at, &bytecode) &&
		v8_bytecode_position(heap, frame->bytecodes, bytecode, &ret[0].position);
	return 1;
}

/*
 * Where code of this frame's function goes on that called something without a frame, or whose own frame
 * is not made yet, or gone. False: no such address is at the stack pointer.
 */
static bool returns_to(struct v8_memory *memory, const struct v8_heap *heap,
		       const struct v8_frame *frame, const struct v8_top *top,
		       struct v8_code *ret_code, __u64 *ret_pc)
{
	size_t i;

	for (i = 0; i < RETURNS && (i + 1) * sizeof(*ret_pc) <= top->stack_size; i++) {
		memcpy(ret_pc, top->stack + i * sizeof(*ret_pc), sizeof(*ret_pc));
		if (v8_code_find(heap, &memory->known, *ret_pc, ret_code))
			return v8_code_is_of(heap, ret_code, frame->shared);
	}
	return false;
}

/* Of a frame that called what is further in. */
static size_t caller_spots(struct v8_memory *memory, const struct v8_heap *heap,
			   const struct v8_frame *frame, struct v8_spot ret[V8_INLINED_MAX])
{
	struct v8_code code;
	__u32 bytecode;

	ret[0] = (struct v8_spot){ .info = frame->shared };
	if (v8_code_find(heap, &memory->known, frame->pc, &code))
		return v8_code_is_of(heap, &code, frame->shared) ?
			       compiled_spots(heap, frame, &code, frame->pc, false, ret) :
			       1;
	if (interpreted_at(heap, frame, NULL, &bytecode))
		ret[0].placed =
			v8_bytecode_position(heap, frame->bytecodes, bytecode, &ret[0].position);
	return 1;
}

/* Of the frame that was interrupted; the function that runs may have none of its own at that moment. */
static size_t top_spots(struct v8_memory *memory, const struct v8_heap *heap,
			const struct v8_frame *frame, const struct v8_top *top,
			struct v8_spot ret[V8_PLACES_MAX])
{
	struct v8_code code, caller;
	__u64 pc, owner;
	size_t count = 0;
	__u32 bytecode;
	bool inside = v8_code_find(heap, &memory->known, frame->pc, &code);

	if (inside && v8_code_is_of(heap, &code, frame->shared))
		return compiled_spots(heap, frame, &code, frame->pc, true, ret);
	if (inside) {
		owner = v8_code_owner(heap, &code);
		if (owner)
			ret[count++] = (struct v8_spot){ .info = owner };
	}
	ret[count] = (struct v8_spot){ .info = frame->shared };
	if (returns_to(memory, heap, frame, top, &caller, &pc))
		return count + compiled_spots(heap, frame, &caller, pc, false, ret + count);
	if (interpreted_at(heap, frame, inside ? NULL : top, &bytecode))
		ret[count].placed = v8_bytecode_position(heap, frame->bytecodes, bytecode,
							 &ret[count].position);
	return count + 1;
}

enum v8_found v8_places_find(struct v8_memory *memory, const struct v8_heap *heap,
			     uint64_t process_start_ns, const struct v8_frame *frame,
			     const struct v8_top *top, struct frame_place ret[V8_PLACES_MAX],
			     size_t *ret_count)
{
	struct v8_spot spots[V8_PLACES_MAX];
	size_t i;

	*ret_count = 0;
	if (memory->known.process_start_ns != process_start_ns) {
		memset(&memory->known, 0, sizeof(memory->known));
		memory->known.process_start_ns = process_start_ns;
	}
	if (!(frame->marker & V8_OBJECT_TAG))
		return V8_SKIPPED;
	if (v8_type(heap, frame->shared) != heap->layout->function_info)
		return V8_TORN;
	*ret_count = top ? top_spots(memory, heap, frame, top, spots) :
			   caller_spots(memory, heap, frame, spots);
	memset(ret, 0, *ret_count * sizeof(*ret));
	for (i = 0; i < *ret_count; i++)
		if (!read_function(heap, spots[i].info, ret[i].function, sizeof(ret[i].function)) ||
		    !read_script(memory, heap, process_start_ns, &spots[i], &ret[i]))
			return V8_TORN;
	return V8_FRAME;
}
