// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of trace/codec/chunks: chunks of unknown type, and files made to inflate without end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include "trace/codec/chunks.h"

static FILE *file;
static struct chunks chunks;

static void put(const void *bytes, size_t length)
{
	assert_int_equal(fwrite(bytes, 1, length, file), length);
}

/* A chunk with a valid checksum; payload as it is stored. */
static void put_chunk(unsigned int type, const void *payload, size_t stored, size_t plain)
{
	struct trace_chunk head = { .magic = TRACE_CHUNK_MAGIC,
				    .type = (__u16)type,
				    .stored_bytes = (__u32)stored,
				    .plain_bytes = (__u32)plain,
				    .from_ns = 1,
				    .to_ns = 1 };
	size_t begin = offsetof(struct trace_chunk, type);

	head.crc = (__u32)crc32(0, (const Bytef *)&head + begin, (uInt)(sizeof(head) - begin));
	head.crc = (__u32)crc32(head.crc, payload, (uInt)stored);
	put(&head, sizeof(head));
	put(payload, stored);
}

static void begin(void)
{
	struct trace_head head = { .major = TRACE_MAJOR, .minor = TRACE_MINOR };
	static const char plain[16];
	Bytef stored[64];
	uLongf length = sizeof(stored);

	file = tmpfile();
	assert_non_null(file);
	memcpy(head.magic, TRACE_MAGIC, sizeof(head.magic));
	put(&head, sizeof(head));
	assert_int_equal(compress(stored, &length, (const Bytef *)plain, sizeof(plain)), Z_OK);
	put_chunk(TRACE_BASE, stored, length, sizeof(plain));
}

/* Reads all chunks; how many there are. */
static size_t read_all(void)
{
	struct err e = { 0 };
	size_t count = 0;

	assert_int_equal(fflush(file), 0);
	if (chunks_open(&chunks, dup(fileno(file)), "test", &e))
		fail_msg("%s", e.text);
	chunks_seek(&chunks, sizeof(struct trace_head));
	while (chunks_next(&chunks) > 0)
		count++;
	fclose(file);
	return count;
}

/* Its payload is not looked at: here it is not even one that inflates. */
static void test_unknown_type(void **state)
{
	begin();
	put_chunk(9, "not zlib", 8, 8000);
	put_chunk(TRACE_INDEX + 1, "not zlib", 8, 100);
	assert_int_equal(read_all(), 3);
	assert_int_equal(chunks.damaged_bytes, 0);
	assert_true(chunks.inflated_bytes < 1000);
	chunks_close(&chunks);
}

/* Chunks of 64 MiB in 64 KiB each: not more is inflated than a multiple of the file's size. */
static void test_bombs(void **state)
{
	uLongf length = compressBound(TRACE_MAX_PLAIN_BYTES);
	Bytef *plain = calloc(1, TRACE_MAX_PLAIN_BYTES), *stored = malloc(length);
	size_t i, count;

	assert_true(plain && stored);
	assert_int_equal(compress(stored, &length, plain, TRACE_MAX_PLAIN_BYTES), Z_OK);
	begin();
	for (i = 0; i < 20; i++)
		put_chunk(TRACE_WINDOW, stored, length, TRACE_MAX_PLAIN_BYTES);
	free(plain);
	free(stored);
	count = read_all();
	assert_true(count > 1 && count < 5);
	assert_true(chunks.damaged_bytes > 15 * length);
	chunks_close(&chunks);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_type),
		cmocka_unit_test(test_bombs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
