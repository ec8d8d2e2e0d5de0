/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Varints and texts. A buffer takes and grows; a cursor gives and never goes beyond its end: what
 * is read there is 0, and the cursor is bad from then on.
 */
#ifndef BOUNDBY_TRACE_CODEC_BYTES_H
#define BOUNDBY_TRACE_CODEC_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* All zero: empty. */
struct buffer {
	uint8_t *bytes;
	size_t count, capacity;
	bool failed; /* out of memory: what came since is missing */
};

static inline bool buffer_room(struct buffer *buffer, size_t more)
{
	size_t capacity = buffer->capacity ? buffer->capacity : 4096;
	uint8_t *bytes;

	while (capacity - buffer->count < more)
		capacity *= 2;
	if (capacity == buffer->capacity)
		return true;
	bytes = realloc(buffer->bytes, capacity);
	if (!bytes) {
		buffer->failed = true;
		return false;
	}
	buffer->bytes = bytes;
	buffer->capacity = capacity;
	return true;
}

static inline void put_bytes(struct buffer *buffer, const void *bytes, size_t length)
{
	if (!length || !buffer_room(buffer, length))
		return;
	memcpy(buffer->bytes + buffer->count, bytes, length);
	buffer->count += length;
}

static inline void put_varint(struct buffer *buffer, uint64_t value)
{
	if (!buffer_room(buffer, 10))
		return;
	for (; value >= 0x80; value >>= 7)
		buffer->bytes[buffer->count++] = (uint8_t)(value | 0x80);
	buffer->bytes[buffer->count++] = (uint8_t)value;
}

static inline uint64_t zigzag(uint64_t value)
{
	return value << 1 ^ -(value >> 63);
}

static inline uint64_t unzigzag(uint64_t value)
{
	return value >> 1 ^ -(value & 1);
}

static inline void put_text(struct buffer *buffer, const char *text, size_t length)
{
	put_varint(buffer, length);
	put_bytes(buffer, text, length);
}

static inline void buffer_free(struct buffer *buffer)
{
	free(buffer->bytes);
	memset(buffer, 0, sizeof(*buffer));
}

struct cursor {
	const uint8_t *at, *end;
	bool bad;
};

static inline size_t cursor_left(const struct cursor *cursor)
{
	return (size_t)(cursor->end - cursor->at);
}

static inline uint64_t get_varint(struct cursor *cursor)
{
	uint64_t value = 0;
	unsigned int shift;
	uint8_t byte;

	if (cursor->at < cursor->end && *cursor->at < 0x80)
		return *cursor->at++;
	for (shift = 0; shift < 70 && cursor->at < cursor->end; shift += 7) {
		byte = *cursor->at++;
		/* the tenth byte holds the last bit */
		if (shift == 63 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return value;
	}
	cursor->bad = true;
	cursor->at = cursor->end;
	return 0;
}

/* Points into the cursor's bytes, not terminated. */
static inline const char *get_text(struct cursor *cursor, size_t *ret_length)
{
	uint64_t length = get_varint(cursor);
	const char *text = (const char *)cursor->at;

	if (length > cursor_left(cursor)) {
		cursor->bad = true;
		cursor->at = cursor->end;
		length = 0;
	}
	cursor->at += length;
	*ret_length = (size_t)length;
	return text;
}

#endif
