/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects of a V8 heap, read from outside while it changes: each is checked by its type, and what does
 * not fit is refused. A value is as it lies in memory: tagged.
 */
#ifndef BOUNDBY_COLLECT_RUNTIMES_V8_HEAP_H
#define BOUNDBY_COLLECT_RUNTIMES_V8_HEAP_H

#include <stddef.h>

#include "collect/runtimes/v8_layout.h"
#include "v8_words.h"

struct v8_heap {
	pid_t tid; /* a thread that lives */
	const struct v8_layout *layout; /* borrowed */
};

/* Type of an object; 0: it is none (a string of the first kind has 0 as well). */
__u32 v8_type(const struct v8_heap *heap, __u64 object);

/* The word at an offset of an object, 0 when it cannot be read. */
__u64 v8_word(const struct v8_heap *heap, __u64 object, __u64 offset);
__u32 v8_half(const struct v8_heap *heap, __u64 object, __u64 offset);

/* A small integer. False: the value is none, or not within 0 .. most. */
bool v8_integer(__u64 value, __u32 most, __u32 *ret);

/* Element of an array, checked against its length. 0: it has none there. */
__u64 v8_element(const struct v8_heap *heap, __u64 array, __u32 at);

/* Copies the bytes of a byte array. How many there are, 0: it is none, or longer than size. */
size_t v8_bytes(const struct v8_heap *heap, __u64 array, void *ret, size_t size);

/* Characters of a string as they lie in memory in one piece. */
struct v8_text {
	__u64 address;
	__u32 length; /* in characters */
	bool wide; /* of two bytes each */
};

/* False: the value is no string, or one in pieces. */
bool v8_text_find(const struct v8_heap *heap, __u64 string, struct v8_text *ret);

/* As UTF-8, cut where there is no room. False: as above, or it is empty. */
bool v8_text_read(const struct v8_heap *heap, __u64 string, char *ret, size_t size);

#endif
