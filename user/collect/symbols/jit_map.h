/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of code that a runtime compiles while it runs, where it writes them to perf-PID.map (Node
 * with --perf-basic-prof, Java with an agent). The file is the target's own, and may hold anything.
 */
#ifndef BOUNDBY_COLLECT_SYMBOLS_JIT_MAP_H
#define BOUNDBY_COLLECT_SYMBOLS_JIT_MAP_H

#include <stdint.h>
#include <sys/types.h>

struct jit_map;

/* NULL when the process has written none, or it cannot be read. */
struct jit_map *jit_map_read(pid_t pid);

/* Name of the code at the address, NULL not known; map may be NULL. Valid as long as the map. */
const char *jit_name(const struct jit_map *map, uint64_t address);
void jit_map_free(struct jit_map *map);

#endif
