// SPDX-License-Identifier: GPL-2.0-or-later
/* Keeps where lines end in each script, to find the line of a position. */
#include "collect/runtimes/v8_lines.h"

#include <stdlib.h>
#include <string.h>

#include "collect/reader/memory.h"
#include "lib/index.h"
#include "lib/vec.h"

#define SOURCE_MAX (16U << 20) /* characters */
#define LINES_MAX (1U << 19) /* of one script */
#define FIRST_LINE_MAX 100000 /* line of another file that a script begins at */

static bool ends_line(uint32_t character)
{
	return character == '\n' || character == '\r' || character == 0x2028 || character == 0x2029;
}

bool v8_lines_add(struct v8_script_lines *script, const void *text, size_t count, bool wide,
		  uint32_t at, uint32_t *previous)
{
	const unsigned char *narrow = text;
	uint32_t character;
	size_t i;

	for (i = 0; i < count; i++) {
		character = wide ? narrow[2 * i] | (uint32_t)narrow[2 * i + 1] << 8 : narrow[i];
		if (character == '\n' && *previous == '\r' && script->count) {
			script->ends[script->count - 1]++; /* the two are one end */
		} else if (ends_line(character)) {
			if (script->count == LINES_MAX ||
			    vec_reserve((void **)&script->ends, &script->capacity, script->count,
					sizeof(*script->ends)))
				return false;
			script->ends[script->count++] = at + (uint32_t)i;
		}
		*previous = character;
	}
	return true;
}

/* Reads the source of a script; it may have moved meanwhile. */
static bool read_ends(const struct v8_heap *heap, __u64 source, struct v8_script_lines *script)
{
	unsigned char piece[MEMORY_READ_MAX];
	struct v8_text text, again;
	uint32_t previous = 0, at, count;

	if (!v8_text_find(heap, source, &text) || text.length > SOURCE_MAX)
		return false;
	for (at = 0; at < text.length; at += count) {
		count = (uint32_t)sizeof(piece) >> text.wide;
		if (count > text.length - at)
			count = text.length - at;
		if (!memory_read(heap->tid, text.address + ((__u64)at << text.wide), piece,
				 (size_t)count << text.wide) ||
		    !v8_lines_add(script, piece, count, text.wide, at, &previous))
			return false;
	}
	script->length = text.length;
	return v8_text_find(heap, source, &again) && again.address == text.address &&
	       again.length == text.length;
}

static int line_at(const struct v8_script_lines *script, uint32_t offset)
{
	size_t low = 0, high = script->count, middle;

	if (offset > script->length)
		return 0;
	while (low < high) {
		middle = low + (high - low) / 2;
		if (script->ends[middle] < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return (int)low + 1;
}

static struct v8_script_lines *slot_of(struct v8_lines *lines, uint64_t key)
{
	struct v8_script_lines *oldest = lines->scripts;
	size_t i;

	for (i = 0; i < V8_SCRIPTS; i++) {
		if (lines->scripts[i].key == key)
			return &lines->scripts[i];
		if (lines->scripts[i].used < oldest->used)
			oldest = &lines->scripts[i];
	}
	free(oldest->ends);
	memset(oldest, 0, sizeof(*oldest));
	return oldest;
}

int v8_line_find(struct v8_lines *lines, const struct v8_heap *heap, uint64_t process, __u64 script,
		 const char *name, __u32 offset)
{
	const struct v8_layout *layout = heap->layout;
	__u64 source = v8_word(heap, script, layout->script_source);
	uint32_t identity[2], first;
	struct v8_script_lines *slot;
	struct v8_text text;
	uint64_t key;
	int line;

	if (!v8_integer(v8_word(heap, script, layout->script_id), INT32_MAX, &identity[0]) ||
	    !v8_integer(v8_word(heap, script, layout->script_line_offset), FIRST_LINE_MAX,
			&first) ||
	    !v8_text_find(heap, source, &text))
		return 0;
	identity[1] = text.length;
	key = index_hash(name, strlen(name), index_hash(identity, sizeof(identity), process)) | 1;
	slot = slot_of(lines, key);
	slot->used = ++lines->requests;
	if (slot->key != key) {
		if (!read_ends(heap, source, slot)) {
			free(slot->ends);
			memset(slot, 0, sizeof(*slot));
			return 0;
		}
		slot->key = key;
	}
	line = line_at(slot, offset);
	return line ? line + (int)first : 0;
}

void v8_lines_free(struct v8_lines *lines)
{
	size_t i;

	for (i = 0; i < V8_SCRIPTS; i++)
		free(lines->scripts[i].ends);
	memset(lines, 0, sizeof(*lines));
}
