// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads objects, arrays and strings of a V8 heap, each checked by its type. */
#include "collect/runtimes/v8_heap.h"

#include "collect/reader/memory.h"

#define TAG_MASK 3ULL /* 01 an object, 11 a weak reference to one */
#define MAP_TYPE_AT 12
#define ARRAY_LENGTH_AT 8
#define ARRAY_DATA_AT 16
#define STRING_LENGTH_AT 12
#define STRING_DATA_AT 16
#define STRING_NEXT_AT 16 /* of what stands for another string */
#define STRING_SECOND_AT 24 /* of a concatenation; of a slice its start */
#define STRING_OUTSIDE_AT 24 /* address of the characters, if they are not V8's */
#define KIND_MASK 7
#define IS_NARROW 8
#define LENGTH_MAX (1U << 30)
#define LINKS_MAX 8 /* between strings */
#define NAME_MAX_CHARS 1024

enum string_kind { IN_PLACE, CONCATENATED, OUTSIDE, SLICED, THIN = 5 };

static bool is_object(__u64 value)
{
	return value & V8_OBJECT_TAG && value > TAG_MASK;
}

__u64 v8_word(const struct v8_heap *heap, __u64 object, __u64 offset)
{
	return is_object(object) ? memory_word(heap->tid, (object & ~TAG_MASK) + offset) : 0;
}

__u32 v8_half(const struct v8_heap *heap, __u64 object, __u64 offset)
{
	__u32 value = 0;

	return is_object(object) && memory_read(heap->tid, (object & ~TAG_MASK) + offset, &value,
						sizeof(value)) ?
		       value :
		       0;
}

__u32 v8_type(const struct v8_heap *heap, __u64 object)
{
	return v8_half(heap, v8_word(heap, object, 0), MAP_TYPE_AT) & 0xffff;
}

bool v8_integer(__u64 value, __u32 most, __u32 *ret)
{
	*ret = (__u32)(value >> 32);
	return !(__u32)value && *ret <= most;
}

__u64 v8_element(const struct v8_heap *heap, __u64 array, __u32 at)
{
	__u32 length;

	return v8_integer(v8_word(heap, array, ARRAY_LENGTH_AT), LENGTH_MAX, &length) &&
			       at < length ?
		       v8_word(heap, array, ARRAY_DATA_AT + 8ULL * at) :
		       0;
}

size_t v8_bytes(const struct v8_heap *heap, __u64 array, void *ret, size_t size)
{
	__u32 type = v8_type(heap, array), length;

	if ((type != heap->layout->byte_array && type != heap->layout->trusted_byte_array) ||
	    !v8_integer(v8_word(heap, array, ARRAY_LENGTH_AT), (__u32)size, &length) || !length)
		return 0;
	return memory_read(heap->tid, (array & ~TAG_MASK) + ARRAY_DATA_AT, ret, length) ? length :
											  0;
}

/* ---- strings ----------------------------------------------------------------------------------- */
/* What a string stands for, 0: that is not one string. */
static __u64 next_string(const struct v8_heap *heap, __u64 string, enum string_kind kind,
			 __u32 *start)
{
	__u64 second = v8_word(heap, string, STRING_SECOND_AT);
	__u32 more = 0;

	if (kind == CONCATENATED && v8_half(heap, second, STRING_LENGTH_AT))
		return 0;
	if (kind == SLICED && (!v8_integer(second, LENGTH_MAX - *start, &more)))
		return 0;
	*start += more;
	return v8_word(heap, string, STRING_NEXT_AT);
}

bool v8_text_find(const struct v8_heap *heap, __u64 string, struct v8_text *ret)
{
	__u32 length = v8_half(heap, string, STRING_LENGTH_AT), start = 0, type, i;
	enum string_kind kind;

	for (i = 0; i < LINKS_MAX; i++) {
		/* 0 is a type of strings, too: an object has a map */
		type = v8_type(heap, string);
		if (!v8_word(heap, string, 0) || type >= heap->layout->first_no_string ||
		    length > LENGTH_MAX)
			return false;
		kind = type & KIND_MASK;
		if (kind == IN_PLACE || kind == OUTSIDE)
			break;
		if (kind != CONCATENATED && kind != SLICED && kind != THIN)
			return false;
		string = next_string(heap, string, kind, &start);
	}
	if (i == LINKS_MAX || (__u64)start + length > v8_half(heap, string, STRING_LENGTH_AT))
		return false;
	ret->wide = !(type & IS_NARROW);
	ret->length = length;
	ret->address = kind == OUTSIDE ? v8_word(heap, string, STRING_OUTSIDE_AT) :
					 (string & ~TAG_MASK) + STRING_DATA_AT;
	ret->address += (__u64)start << ret->wide;
	return ret->address > start;
}

/* Appends a character as UTF-8. False: there is no room. */
static bool put(char *to, size_t size, size_t *used, __u32 value)
{
	size_t more = value < 0x80 ? 0 : value < 0x800 ? 1 : value < 0x10000 ? 2 : 3, i;
	static const unsigned char first[] = { 0, 0xc0, 0xe0, 0xf0 };

	if (*used + more + 1 >= size)
		return false;
	to[*used] = (char)(first[more] | value >> (6 * more));
	for (i = 1; i <= more; i++)
		to[*used + i] = (char)(0x80 | (value >> (6 * (more - i)) & 0x3f));
	*used += more + 1;
	return true;
}

/* A character, or the two halves of one; *at moves on to its last. */
static __u32 take(const unsigned char *text, size_t length, size_t *at)
{
	__u32 value = text[2 * *at] | (__u32)text[2 * *at + 1] << 8, low;

	if (value < 0xd800 || value >= 0xe000)
		return value;
	if (value >= 0xdc00 || *at + 1 >= length)
		return '?';
	low = text[2 * *at + 2] | (__u32)text[2 * *at + 3] << 8;
	if (low < 0xdc00 || low >= 0xe000)
		return '?';
	++*at;
	return 0x10000 + ((value - 0xd800) << 10 | (low - 0xdc00));
}

bool v8_text_read(const struct v8_heap *heap, __u64 string, char *ret, size_t size)
{
	unsigned char text[2 * NAME_MAX_CHARS];
	struct v8_text found;
	size_t used = 0, i;

	ret[0] = '\0';
	if (!v8_text_find(heap, string, &found) || !found.length)
		return false;
	if (found.length > NAME_MAX_CHARS)
		found.length = NAME_MAX_CHARS;
	if (!memory_read(heap->tid, found.address, text, (size_t)found.length << found.wide))
		return false;
	for (i = 0; i < found.length; i++)
		if (!put(ret, size, &used, found.wide ? take(text, found.length, &i) : text[i]))
			break;
	ret[used] = '\0';
	return true;
}
