// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A piece of code begins with its map, and from there its Code object is found. Of a function alone it
 * is not: code that a loop was moved to while it ran is in no function.
 */
#include "collect/runtimes/v8_code.h"

#include <stdint.h>
#include <string.h>

#include "collect/reader/memory.h"
#include "lib/index.h"

#define PAGE 4096ULL
#define SEARCH_PAGES 128 /* before the address: no piece of code is larger */
#define CANDIDATES_MAX 512 /* words that may be the map, as long as that is not known */
#define CODE_MAX (1U << 26)
#define KIND_MASK 15
#define TABLE_MAX 65536
#define INLININGS_MAX 65536
#define INLINING_BYTES 16

/* ---- looking for it ---------------------------------------------------------------------------- */
static bool is_baseline(const struct v8_heap *heap, __u32 flags)
{
	return (flags & KIND_MASK) == heap->layout->kind_baseline;
}

/* Is what begins at this address code that holds pc? */
static bool describe(const struct v8_heap *heap, __u64 holder, __u64 pc, struct v8_code *ret)
{
	const struct v8_layout *layout = heap->layout;
	__u32 flags;

	ret->object = layout->instructions_code ?
			      v8_word(heap, holder | V8_OBJECT_TAG, layout->instructions_code) :
			      holder | V8_OBJECT_TAG;
	if (v8_type(heap, ret->object) != layout->code)
		return false;
	ret->start = layout->code_start_inside ? holder + layout->code_start :
						 v8_word(heap, ret->object, layout->code_start);
	ret->size = v8_half(heap, ret->object, layout->code_size);
	flags = v8_half(heap, ret->object, layout->code_flags);
	ret->baseline = is_baseline(heap, flags);
	/* kinds below are V8's own */
	return (flags & KIND_MASK) >= layout->kind_baseline && ret->start > holder &&
	       ret->size < CODE_MAX && pc - ret->start <= ret->size;
}

/* Is this word, which may be anything, the map of what holds code? */
static bool is_map(const struct v8_heap *heap, struct v8_known *known, __u64 word,
		   unsigned int *candidates)
{
	if (known->instructions_map)
		return word == known->instructions_map;
	if ((word & 3) != V8_OBJECT_TAG || word < PAGE || word >> 47 ||
	    ++*candidates > CANDIDATES_MAX)
		return false;
	return (v8_half(heap, word, 12) & 0xffff) == heap->layout->instructions &&
	       v8_type(heap, word) == heap->layout->map_type;
}

/* In one page, up to pc. 1: found, -1: that is no code, 0: go on before. */
static int search_page(const struct v8_heap *heap, struct v8_known *known, __u64 page, __u64 pc,
		       unsigned int *candidates, struct v8_code *ret)
{
	__u64 words[PAGE / sizeof(__u64)];
	size_t i = pc - page < PAGE ? (pc - page) / sizeof(__u64) + 1 : PAGE / sizeof(__u64);

	if (!memory_read(heap->tid, page, words, sizeof(words)))
		return -1;
	while (i-- > 0) {
		if (!is_map(heap, known, words[i], candidates))
			continue;
		if (describe(heap, page + i * sizeof(__u64), pc, ret)) {
			known->instructions_map = words[i];
			return 1;
		}
		if (known->instructions_map) /* the one before pc does not reach it */
			return -1;
	}
	return 0;
}

bool v8_code_find(const struct v8_heap *heap, struct v8_known *known, __u64 pc, struct v8_code *ret)
{
	__u64 *outside = &known->outside[index_hash(&pc, sizeof(pc), 0) % V8_OUTSIDE], page;
	unsigned int candidates = 0, i;
	int found = 0;

	if (pc < PAGE || pc >> 47 || *outside == pc)
		return false;
	page = pc & ~(PAGE - 1);
	for (i = 0; i < SEARCH_PAGES && !found; i++, page -= PAGE)
		found = search_page(heap, known, page, pc, &candidates, ret);
	if (!found && known->instructions_map)
		*outside = pc;
	return found > 0;
}

/* ---- what it says ------------------------------------------------------------------------------ */
__u64 v8_code_owner(const struct v8_heap *heap, const struct v8_code *code)
{
	const struct v8_layout *layout = heap->layout;
	__u64 data = v8_word(heap, code->object, layout->code_deoptimization), owner;

	if (code->baseline)
		return 0;
	owner = v8_element(heap, data, layout->own_info);
	if (layout->own_info_wrapped)
		owner = v8_word(heap, owner, layout->own_info_wrapped);
	return v8_type(heap, owner) == layout->function_info ? owner : 0;
}

bool v8_code_is_of(const struct v8_heap *heap, const struct v8_code *code, __u64 info)
{
	if (code->baseline)
		return v8_word(heap, info, heap->layout->info_data) == code->object;
	return v8_code_owner(heap, code) == info;
}

static bool position_at(const struct v8_heap *heap, __u64 table, __u32 at, struct v8_position *ret)
{
	__u8 bytes[TABLE_MAX];
	size_t size = v8_bytes(heap, table, bytes, sizeof(bytes));

	return size && v8_position_find(bytes, size, at, ret);
}

bool v8_bytecode_position(const struct v8_heap *heap, __u64 bytecodes, __u32 offset,
			  struct v8_position *ret)
{
	return position_at(heap, v8_word(heap, bytecodes, heap->layout->bytecodes_positions),
			   offset, ret);
}

bool v8_code_bytecode(const struct v8_heap *heap, const struct v8_code *code, __u64 bytecodes,
		      __u32 end, __u32 *ret)
{
	const struct v8_layout *layout = heap->layout;
	__u8 table[TABLE_MAX], bytes[TABLE_MAX];
	struct v8_bytecodes all = { bytes, 0, layout->bytecode_sizes, layout->bytecode_count };
	size_t size = v8_bytes(heap, v8_word(heap, code->object, layout->code_positions), table,
			       sizeof(table));
	__u32 length;

	if (!size || !layout->bytecode_count || layout->bytecode_count > V8_BYTECODE_SIZES / 3 ||
	    v8_type(heap, bytecodes) != layout->bytecode_array ||
	    !v8_integer(v8_word(heap, bytecodes, 8), sizeof(bytes), &length) ||
	    !memory_read(heap->tid, (bytecodes & ~3ULL) + layout->bytecodes_first, bytes, length))
		return false;
	all.size = length;
	return v8_baseline_find(table, size, &all, end, ret);
}

/* What was inlined under a number: the function, and where that is called. */
static bool inlining_at(const struct v8_heap *heap, __u64 data, __u32 number,
			struct v8_spot *ret_callee, struct v8_position *ret_caller)
{
	const struct v8_layout *layout = heap->layout;
	__u64 table = v8_element(heap, data, layout->inlinings), literals, packed;
	__u32 bytes, which;

	if (!v8_integer(v8_word(heap, table, 8), INLININGS_MAX, &bytes) ||
	    (number + 1) * INLINING_BYTES > bytes)
		return false;
	packed = v8_word(heap, table, 16 + (__u64)number * INLINING_BYTES);
	which = v8_half(heap, table, 16 + (__u64)number * INLINING_BYTES + 8);
	literals = v8_element(heap, data, layout->literals);
	ret_callee->info = which <= INT32_MAX ? v8_element(heap, literals, which) & ~2ULL : 0;
	return v8_type(heap, ret_callee->info) == layout->function_info &&
	       v8_position_of(packed, ret_caller);
}

size_t v8_code_spots(const struct v8_heap *heap, const struct v8_code *code, __u64 info, __u32 at,
		     struct v8_spot ret[V8_INLINED_MAX])
{
	const struct v8_layout *layout = heap->layout;
	__u64 data = v8_word(heap, code->object, layout->code_deoptimization);
	struct v8_position position, caller;
	size_t count = 0;

	memset(ret, 0, V8_INLINED_MAX * sizeof(*ret));
	if (!position_at(heap, v8_word(heap, code->object, layout->code_positions), at,
			 &position)) {
		ret[0].info = info;
		return 1;
	}
	while (position.inlined && count + 1 < V8_INLINED_MAX) {
		ret[count].position = position;
		ret[count].placed = true;
		if (!inlining_at(heap, data, position.inlined - 1, &ret[count], &caller)) {
			/* which functions run there is not known: its own runs in any case */
			ret[0] = (struct v8_spot){ .info = info };
			return 1;
		}
		position = caller;
		count++;
	}
	ret[count].info = info;
	ret[count].position = position;
	ret[count].placed = !position.inlined;
	return count + 1;
}
