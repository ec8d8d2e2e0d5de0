// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzzes the trace reader and everything behind it. Input: 'F' and a file, or 'C' and chunks that
 * are packed here, since no mutation produces a valid checksum: type, from and to (4 bytes each,
 * ms), length (4 bytes), payload. Each input must give a report or an error message.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "pipeline.h"
#include "trace/codec/bytes.h"
#include "trace/source_file.h"
#include "trace_format.h"

#define MUST(holds) ((holds) ? (void)0 : __builtin_trap())
#define MS 1000000ULL
#define LEAST (100000 * MS) /* times begin here, so that a little back is none before 0 */

static uint32_t take_word(const uint8_t **data, const uint8_t *end)
{
	uint32_t word = 0;
	size_t length = (size_t)(end - *data) < 4 ? (size_t)(end - *data) : 4;

	memcpy(&word, *data, length);
	*data += length;
	return word;
}

static void pack(struct buffer *file, uint32_t type, uint32_t number, uint64_t from, uint64_t to,
		 const uint8_t *plain, size_t length)
{
	struct trace_chunk chunk = { .magic = TRACE_CHUNK_MAGIC,
				     .type = (uint16_t)type,
				     .flags = (uint16_t)(type >> 16),
				     .number = number,
				     .plain_bytes = (uint32_t)length,
				     .from_ns = from,
				     .to_ns = to };
	uLongf stored = compressBound(length);
	uint8_t *bytes = malloc(stored);

	MUST(bytes && compress2(bytes, &stored, plain, length, 1) == Z_OK);
	chunk.stored_bytes = (uint32_t)stored;
	chunk.crc = (uint32_t)crc32(0, (uint8_t *)&chunk.type,
				    sizeof(chunk) - offsetof(struct trace_chunk, type));
	chunk.crc = (uint32_t)crc32(chunk.crc, bytes, (uInt)stored);
	put_bytes(file, &chunk, sizeof(chunk));
	put_bytes(file, bytes, stored);
	free(bytes);
}

static void pack_all(struct buffer *file, const uint8_t *data, const uint8_t *end)
{
	struct trace_head head = { .major = TRACE_MAJOR, .minor = TRACE_MINOR };
	uint32_t number = 0, type, length;
	uint64_t from, to;

	memcpy(head.magic, TRACE_MAGIC, sizeof(head.magic));
	put_bytes(file, &head, sizeof(head));
	while (data < end && number < 200) {
		type = take_word(&data, end);
		from = LEAST + take_word(&data, end) * MS;
		to = LEAST + take_word(&data, end) * MS;
		length = take_word(&data, end);
		if (length > (size_t)(end - data))
			length = (uint32_t)(end - data);
		pack(file, type, number++, from, to, data, length);
		data += length;
	}
}

static void report(int fd, const struct trace_range *range)
{
	static const char *const name = "trace";
	struct pipeline pipeline = { .render = render_json };
	struct render_options options = { 0 };
	struct verdict_settings settings;
	enum verdict_class class;
	struct err e = { 0 };

	if (source_file_open(&fd, &name, 1, &pipeline.source, &e)) {
		MUST(e.kind && e.text[0]);
		return;
	}
	verdict_settings_default(&settings);
	pipeline.settings = &settings;
	pipeline.render_options = &options;
	pipeline.out = fopen("/dev/null", "w");
	MUST(pipeline.out);
	if (source_file_select(pipeline.source, range, &e) || pipeline_run(&pipeline, &class, &e))
		MUST(e.kind && e.text[0]);
	fclose(pipeline.out);
	pipeline.source->ops->close(pipeline.source);
}

static int in_memory(const uint8_t *bytes, size_t length)
{
	int fd = memfd_create("trace", MFD_CLOEXEC);

	MUST(fd >= 0 && write(fd, bytes, length) == (ssize_t)length);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trace_range all = { 0 }, part = { .from_ns = LEAST + 1500 * MS };
	struct buffer file = { 0 };

	if (!size)
		return 0;
	if (*data == 'C')
		pack_all(&file, data + 1, data + size);
	else
		put_bytes(&file, data + 1, size - 1);
	report(in_memory(file.bytes, file.count), &all);
	report(in_memory(file.bytes, file.count), &part);
	buffer_free(&file);
	return 0;
}
