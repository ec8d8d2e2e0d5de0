/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory of a process that is watched: read from outside, never written, without stopping it. */
#ifndef BOUNDBY_COLLECT_READER_MEMORY_H
#define BOUNDBY_COLLECT_READER_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MEMORY_READ_MAX (64 * 1024) /* bytes of one reading */

/*
 * Copies size bytes at an address of the process that the thread with this number belongs to. Returns
 * how many bytes from the front could be read: fewer where the next page is not mapped, 0 when none.
 */
size_t memory_read_part(pid_t tid, uint64_t address, void *ret, size_t size);

/* The same; false: not all of them could be read. */
bool memory_read(pid_t tid, uint64_t address, void *ret, size_t size);

/* The 64 bits at an address, such as a pointer; 0: they could not be read. */
uint64_t memory_word(pid_t tid, uint64_t address);

#endif
