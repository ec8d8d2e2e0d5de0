// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The only access to a target's memory. A page that cannot be had (userfaultfd, a dead file server)
 * blocks the reader, so no more is read than was requested.
 */
#include "collect/reader/memory.h"

#include <sys/uio.h>

size_t memory_read_part(pid_t tid, uint64_t address, void *ret, size_t size)
{
	struct iovec to = { ret, size < MEMORY_READ_MAX ? size : MEMORY_READ_MAX };
	struct iovec from = { (void *)(uintptr_t)address, to.iov_len };
	ssize_t got = address && tid > 0 ? process_vm_readv(tid, &to, 1, &from, 1, 0) : -1;

	return got > 0 ? (size_t)got : 0;
}

bool memory_read(pid_t tid, uint64_t address, void *ret, size_t size)
{
	return memory_read_part(tid, address, ret, size) == size;
}

uint64_t memory_word(pid_t tid, uint64_t address)
{
	uint64_t value;

	return memory_read(tid, address, &value, sizeof(value)) ? value : 0;
}
