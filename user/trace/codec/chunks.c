// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads chunks with a valid checksum from a file; skips what is between them. */
#include "trace/codec/chunks.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "lib/vec.h"

#define SEARCH_BYTES 65536
#define AHEAD_BYTES 262144
#define INFLATE_MOST 1100 /* zlib packs at most some 1,030 bytes into one */
#define CHECKED_PER_BYTE 4 /* each byte is read this often at most, ... */
#define CHECKED_AT_LEAST (16U << 20) /* ... or this many in total */
/*
 * A recording inflates to 1.3 times its size (24 h of 200 threads; a chunk to 9 times), and is read a
 * few times at most. One that was made to keep a reader busy would inflate to 1,000 times its size.
 */
#define INFLATED_PER_BYTE 50
#define INFLATED_AT_LEAST TRACE_MAX_PLAIN_BYTES

/* Bytes at an offset. 1 all of them, 0 the file ends before, negative errno. */
static int read_file(const struct chunks *chunks, uint64_t offset, void *bytes, size_t length)
{
	ssize_t got;

	while (length) {
		got = pread(chunks->fd, bytes, length, (off_t)offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? -errno : 0;
		bytes = (char *)bytes + got;
		offset += (uint64_t)got;
		length -= (size_t)got;
	}
	return 1;
}

/* The same through a buffer of what follows: chunks are small, and are read one after the other. */
static int read_at(struct chunks *chunks, uint64_t offset, void *bytes, size_t length)
{
	struct buffer *ahead = &chunks->ahead;
	uint64_t skip = offset - chunks->ahead_offset, left;
	int got;

	if (offset > chunks->size || chunks->size - offset < length)
		return 0;
	if (length > AHEAD_BYTES / 2)
		return read_file(chunks, offset, bytes, length);
	if (offset < chunks->ahead_offset || skip > ahead->count || ahead->count - skip < length) {
		left = chunks->size - offset;
		ahead->count = 0;
		if (!buffer_room(ahead, AHEAD_BYTES))
			return -ENOMEM;
		left = left < AHEAD_BYTES ? left : AHEAD_BYTES;
		got = read_file(chunks, offset, ahead->bytes, (size_t)left);
		if (got <= 0)
			return got;
		ahead->count = (size_t)left;
		chunks->ahead_offset = offset;
		skip = 0;
	}
	memcpy(bytes, ahead->bytes + skip, length);
	return 1;
}

/* Could this be the head of a chunk at this offset? */
static bool head_fits(const struct chunks *chunks, const struct trace_chunk *head, uint64_t offset)
{
	uint64_t room = chunks->size - offset - sizeof(*head);

	return head->magic == TRACE_CHUNK_MAGIC && head->stored_bytes && head->type &&
	       head->stored_bytes <= room && head->plain_bytes <= TRACE_MAX_PLAIN_BYTES &&
	       head->plain_bytes / INFLATE_MOST <= head->stored_bytes &&
	       head->from_ns <= head->to_ns;
}

/* The head of the chunk at an offset. 1, 0 there is none, negative errno. */
static int read_head(struct chunks *chunks, uint64_t offset, struct trace_chunk *ret)
{
	int got;

	if (offset > chunks->size || chunks->size - offset < sizeof(*ret))
		return 0;
	got = read_at(chunks, offset, ret, sizeof(*ret));
	return got > 0 ? head_fits(chunks, ret, offset) : got;
}

int chunks_head(struct chunks *chunks, uint64_t offset, struct trace_chunk *ret, uint64_t *ret_next)
{
	int got = read_head(chunks, offset, ret);

	*ret_next = offset + sizeof(*ret) + ret->stored_bytes;
	return got;
}

/* Fills the search buffer from an offset on. Negative errno. */
static int read_searched(struct chunks *chunks, uint64_t from)
{
	size_t length = chunks->size - from < SEARCH_BYTES ? (size_t)(chunks->size - from) :
							     SEARCH_BYTES;
	int got;

	chunks->searched.count = 0;
	if (!buffer_room(&chunks->searched, SEARCH_BYTES))
		return -ENOMEM;
	got = read_at(chunks, from, chunks->searched.bytes, length);
	if (got > 0)
		chunks->searched.count = length;
	chunks->searched_offset = from;
	return got < 0 ? got : 0;
}

/* The first offset from here on where a chunk may begin; the size of the file: nowhere. */
static int search(struct chunks *chunks, uint64_t from, uint64_t *ret)
{
	static const uint32_t magic = TRACE_CHUNK_MAGIC;
	struct buffer *bytes = &chunks->searched;
	const uint8_t *found;
	size_t skip;
	int error;

	*ret = chunks->size;
	while (from + sizeof(magic) <= chunks->size) {
		skip = (size_t)(from - chunks->searched_offset);
		if (from < chunks->searched_offset || skip + sizeof(magic) > bytes->count) {
			error = read_searched(chunks, from);
			if (error || bytes->count < sizeof(magic))
				return error;
			skip = 0;
		}
		found = memmem(bytes->bytes + skip, bytes->count - skip, &magic, sizeof(magic));
		if (found) {
			*ret = chunks->searched_offset + (uint64_t)(found - bytes->bytes);
			return 0;
		}
		from = chunks->searched_offset + bytes->count - sizeof(magic) + 1;
	}
	return 0;
}

/* Reads what the head announces and checks it. 1, 0 damaged, negative errno. */
static int read_stored(struct chunks *chunks, const struct trace_chunk *head, uint64_t offset)
{
	size_t rest = sizeof(*head) - offsetof(struct trace_chunk, type);
	uint32_t crc;
	int got;

	chunks->stored.count = 0;
	if (!buffer_room(&chunks->stored, head->stored_bytes))
		return -ENOMEM;
	got = read_at(chunks, offset + sizeof(*head), chunks->stored.bytes, head->stored_bytes);
	if (got <= 0)
		return got;
	chunks->checked_bytes += head->stored_bytes;
	crc = (uint32_t)crc32(0, (const uint8_t *)&head->type, (uInt)rest);
	crc = (uint32_t)crc32(crc, chunks->stored.bytes, head->stored_bytes);
	return crc == head->crc;
}

static bool is_known(const struct trace_chunk *head)
{
	return head->type >= TRACE_SCHEMA && head->type <= TRACE_INDEX;
}

/* Of a type that no reader here asks for nothing is inflated. 1, 0 it is not what it says, -ENOMEM. */
static int inflate_stored(struct chunks *chunks, const struct trace_chunk *head)
{
	uLongf length = head->plain_bytes;
	struct buffer *plain = &chunks->chunk.plain;
	int result;

	plain->count = 0;
	if (!is_known(head))
		return 1;
	chunks->inflated_bytes += length;
	if (!buffer_room(plain, length + 1))
		return -ENOMEM;
	result = uncompress(plain->bytes, &length, chunks->stored.bytes, head->stored_bytes);
	if (result == Z_MEM_ERROR)
		return -ENOMEM;
	plain->count = length;
	return result == Z_OK && length == head->plain_bytes;
}

static bool tired(const struct chunks *chunks)
{
	return (chunks->checked_bytes > CHECKED_AT_LEAST &&
		chunks->checked_bytes / CHECKED_PER_BYTE > chunks->size) ||
	       (chunks->inflated_bytes > INFLATED_AT_LEAST &&
		chunks->inflated_bytes / INFLATED_PER_BYTE > chunks->size);
}

static bool is_tail(struct chunks *chunks, uint64_t offset)
{
	struct trace_tail tail;

	return chunks->size - offset == sizeof(tail) &&
	       read_at(chunks, offset, &tail, sizeof(tail)) > 0 && tail.magic == TRACE_TAIL_MAGIC;
}

int chunks_next(struct chunks *chunks)
{
	struct chunk *chunk = &chunks->chunk;
	uint64_t begin = chunks->offset, at = begin;
	int got;

	chunk->gap = false;
	while (at < chunks->size && !is_tail(chunks, at) && !tired(chunks)) {
		got = read_head(chunks, at, &chunk->head);
		if (got > 0)
			got = read_stored(chunks, &chunk->head, at);
		if (got > 0)
			got = inflate_stored(chunks, &chunk->head);
		if (got < 0)
			return got;
		if (got) {
			chunk->offset = at;
			chunks->damaged_bytes += at - begin;
			chunks->offset = at + sizeof(chunk->head) + chunk->head.stored_bytes;
			return 1;
		}
		chunk->gap = true;
		got = search(chunks, at + 1, &at);
		if (got < 0)
			return got;
	}
	if (chunk->gap || tired(chunks))
		chunks->damaged_bytes += chunks->size - begin;
	chunks->offset = chunks->size;
	return 0;
}

/* ---- where the bases are --------------------------------------------------------------------- */
static int add_base(struct chunks *chunks, uint64_t offset, uint64_t to_ns)
{
	if (vec_reserve((void **)&chunks->bases, &chunks->base_capacity, chunks->base_count,
			sizeof(*chunks->bases)))
		return -ENOMEM;
	chunks->bases[chunks->base_count++] = (struct base_place){ offset, to_ns };
	return 0;
}

/* 1: the index is whole and was taken over; 0: there is none, or it says what cannot be. */
static int read_index(struct chunks *chunks)
{
	struct base_place last = { 0, 0 };
	struct trace_tail tail;
	struct cursor cursor;
	uint64_t count;

	if (chunks->size < sizeof(tail) ||
	    read_at(chunks, chunks->size - sizeof(tail), &tail, sizeof(tail)) <= 0 ||
	    tail.magic != TRACE_TAIL_MAGIC || tail.index_offset >= chunks->size)
		return 0;
	chunks->offset = tail.index_offset;
	if (chunks_next(chunks) <= 0 || chunks->chunk.gap || chunks->chunk.head.type != TRACE_INDEX)
		return 0;
	cursor = (struct cursor){ chunks->chunk.plain.bytes,
				  chunks->chunk.plain.bytes + chunks->chunk.plain.count, false };
	for (count = get_varint(&cursor); count && !cursor.bad; count--) {
		last.offset += get_varint(&cursor);
		last.to_ns += get_varint(&cursor);
		if (cursor.bad || last.offset >= tail.index_offset ||
		    (chunks->base_count &&
		     (last.offset <= chunks->bases[chunks->base_count - 1].offset ||
		      last.to_ns < chunks->bases[chunks->base_count - 1].to_ns)))
			return 0;
		if (add_base(chunks, last.offset, last.to_ns))
			return -ENOMEM;
	}
	chunks->last_ns = chunks->chunk.head.to_ns;
	return !cursor.bad && chunks->base_count;
}

/* From head to head; payloads are checked when they are read. */
static int walk(struct chunks *chunks)
{
	uint64_t at = sizeof(struct trace_head);
	struct trace_chunk head;
	int got;

	chunks->base_count = 0;
	chunks->last_ns = 0;
	while (at < chunks->size) {
		got = read_head(chunks, at, &head);
		if (got < 0)
			return got;
		if (!got) {
			got = search(chunks, at + 1, &at);
			if (got < 0)
				return got;
			continue;
		}
		if (head.type == TRACE_BASE && add_base(chunks, at, head.to_ns))
			return -ENOMEM;
		if (head.type == TRACE_WINDOW && head.to_ns > chunks->last_ns)
			chunks->last_ns = head.to_ns;
		at += sizeof(head) + head.stored_bytes;
	}
	return 0;
}

static int check_file_head(struct chunks *chunks, struct err *e)
{
	struct trace_head head;
	int got = read_at(chunks, 0, &head, sizeof(head));

	if (got < 0)
		return err_set(e, ERR_FAILED, "cannot read '%s': %s", chunks->name, strerror(-got));
	if (!got || memcmp(head.magic, TRACE_MAGIC, sizeof(head.magic)))
		return err_set(e, ERR_FAILED,
			       "'%s' is not a boundby trace; make one with `boundby record -o "
			       "FILE`",
			       chunks->name);
	if (head.major != TRACE_MAJOR)
		return err_set(e, ERR_FAILED,
			       "'%s' is a trace of version %u, this boundby reads version %u; use "
			       "the boundby that made it",
			       chunks->name, head.major, TRACE_MAJOR);
	return 0;
}

int chunks_open(struct chunks *chunks, int fd, const char *name, struct err *e)
{
	struct stat stat;
	int got;

	memset(chunks, 0, sizeof(*chunks));
	chunks->fd = fd;
	chunks->name = name;
	if (fstat(fd, &stat))
		return err_set(e, ERR_FAILED, "cannot read '%s': %s", name, strerror(errno));
	if (!S_ISREG(stat.st_mode))
		return err_set(e, ERR_FAILED,
			       "'%s' is not a regular file; a trace is read from "
			       "a file",
			       name);
	chunks->size = (uint64_t)stat.st_size;
	if (check_file_head(chunks, e))
		return -1;
	got = read_index(chunks);
	chunks->ended = got > 0;
	if (!got)
		got = walk(chunks);
	if (got < 0)
		return err_set(e, ERR_FAILED, "cannot read '%s': %s", name, strerror(-got));
	if (!chunks->base_count)
		return err_set(e, ERR_FAILED,
			       "'%s' holds no whole window: it was cut off at once, or is damaged "
			       "throughout",
			       name);
	chunks->offset = sizeof(struct trace_head);
	chunks->damaged_bytes = 0;
	return 0;
}

void chunks_seek(struct chunks *chunks, uint64_t offset)
{
	chunks->offset = offset;
}

void chunks_close(struct chunks *chunks)
{
	if (chunks->fd >= 0)
		close(chunks->fd);
	free(chunks->bases);
	buffer_free(&chunks->chunk.plain);
	buffer_free(&chunks->stored);
	buffer_free(&chunks->searched);
	buffer_free(&chunks->ahead);
	memset(chunks, 0, sizeof(*chunks));
	chunks->fd = -1;
}
