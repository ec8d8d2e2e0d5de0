/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One process as the helper sees it, in memory: replaces collect/reader/files.c and
 * process_vm_readv, so that what reads targets is fuzzed without a target.
 */
#ifndef FUZZ_READER_WORLD_H
#define FUZZ_READER_WORLD_H

#include <stddef.h>
#include <stdint.h>

#include "collect/reader/protocol.h"

#define MUST(holds) ((holds) ? (void)0 : __builtin_trap())
#define WORLD_PID 4194304 /* beyond the kernel's: no process of the host is ever asked */

struct bytes {
	const void *start;
	size_t size;
};

/* All borrowed; size 0: not there. */
extern struct world {
	struct bytes maps, status, perf_map, file; /* file: behind each mapping */
	struct bytes memory; /* at memory_at */
	uint64_t memory_at;
} world;

/* Answers one question about the world; the answer is checked and forgotten. */
void world_ask(uint32_t kind, const void *body, size_t size);
/* Runtime, variables and stacks of the process: all that reads its files. */
void world_ask_all(uint64_t address);

#endif
