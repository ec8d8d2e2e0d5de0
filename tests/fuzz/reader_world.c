// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel that the reader of a fuzzer sees: files and memory come from the input. */
#include "reader_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include "collect/reader/files.h"
#include "collect/reader/server.h"

#define STEP 0x100 /* between the addresses that a stack holds */

struct world world;

static int open_bytes(const struct bytes *bytes)
{
	int fd = bytes->size ? memfd_create("world", MFD_CLOEXEC) : -1;

	if (fd < 0)
		return -1;
	MUST(write(fd, bytes->start, bytes->size) == (ssize_t)bytes->size);
	MUST(!lseek(fd, 0, SEEK_SET));
	return fd;
}

FILE *files_open_proc(const char *path)
{
	const char *name = strrchr(path, '/');
	const struct bytes *bytes = !name		     ? NULL :
				    strstr(path, "/fdinfo/") ? &world.memory :
				    !strcmp(name, "/maps")   ? &world.maps :
				    !strcmp(name, "/status") ? &world.status :
							       NULL;
	int fd = bytes ? open_bytes(bytes) : -1;

	return fd < 0 ? NULL : fdopen(fd, "r");
}

int files_open_linked(const char *link)
{
	(void)link;
	return open_bytes(&world.file);
}

int files_open_below_root(pid_t pid, const char *path)
{
	(void)pid;
	return strncmp(path, "/tmp/perf-", strlen("/tmp/perf-")) ? -1 : open_bytes(&world.perf_map);
}

ssize_t __wrap_process_vm_readv(pid_t pid, const struct iovec *to, unsigned long to_count,
				const struct iovec *from, unsigned long from_count,
				unsigned long flags);

ssize_t __wrap_process_vm_readv(pid_t pid, const struct iovec *to, unsigned long to_count,
				const struct iovec *from, unsigned long from_count,
				unsigned long flags)
{
	uint64_t address = (uintptr_t)from->iov_base, left;
	size_t size = from->iov_len;

	(void)pid;
	MUST(to_count == 1 && from_count == 1 && !flags && to->iov_len >= size);
	if (address < world.memory_at || address - world.memory_at >= world.memory.size)
		return -1;
	left = world.memory.size - (address - world.memory_at);
	size = left < size ? left : size;
	memcpy(to->iov_base, (const char *)world.memory.start + (address - world.memory_at), size);
	return (ssize_t)size;
}

static void ask(struct server *server, uint32_t kind, const void *body, size_t size)
{
	static char answer[READER_MESSAGE_MAX] __attribute__((aligned(16)));
	struct reader_head *question = malloc(sizeof(*question) + size);

	MUST(question);
	*question = (struct reader_head){ .kind = kind };
	if (size)
		memcpy(question + 1, body, size);
	MUST(server_answer(server, question, sizeof(*question) + size, answer) <=
	     (ssize_t)sizeof(answer));
	free(question);
}

void world_ask(uint32_t kind, const void *body, size_t size)
{
	struct server *server = server_new();

	MUST(server);
	ask(server, kind, body, size);
	server_free(server);
}

void world_ask_all(uint64_t address)
{
	struct server *server = server_new();
	struct reader_process process = { .pid = WORLD_PID };
	struct reader_address place = { .process = process };
	struct reader_stack stack = { .native = 1, .task = WORLD_PID };
	uint64_t i, value;

	MUST(server);
	ask(server, READER_RUNTIME, &process, sizeof(process));
	for (i = 0; i < 4; i++) {
		place.address = address + (i << 12);
		ask(server, READER_ADDRESS, &place, sizeof(place));
	}
	stack.event.tgid = WORLD_PID;
	stack.event.size = sizeof(stack.event.bytes);
	for (i = 0; i < WIRE_REGISTERS; i++)
		stack.event.registers[i] = address + i * STEP;
	for (i = 0; i < sizeof(stack.event.bytes) / sizeof(value); i++) {
		value = address + i * STEP;
		memcpy(&stack.event.bytes[i * sizeof(value)], &value, sizeof(value));
	}
	ask(server, READER_STACK, &stack, sizeof(stack));
	ask(server, READER_FORGET, &process, sizeof(process));
	server_free(server);
}
