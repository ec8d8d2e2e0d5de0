/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recorded memory for BPF code that runs on the host. Plain types only: it is included beside
 * vmlinux.h by the code under test, and beside the C library by its tests.
 */
#ifndef BOUNDBY_UNIT_BPF_MEMORY_H
#define BOUNDBY_UNIT_BPF_MEMORY_H

/* Forgets all memory and maps. */
void memory_reset(void);

/* Makes size bytes at data (borrowed) readable at this address. */
void memory_add(unsigned long long address, const void *data, unsigned long size);

/* As bpf_probe_read_user and _kernel: 0, or -14 and zeroes if a byte is not there. */
long memory_read(void *to, unsigned long size, unsigned long long address);

/* What bpf_map_lookup_elem finds in a map under any key: value (borrowed), NULL nothing. */
void memory_map(const void *map, void *value);
void *memory_lookup(const void *map, const void *key);

/* What bpf_jiffies64 returns; memory_reset makes it 400. */
extern unsigned long long memory_jiffies;

/* What bpf_get_current_task_btf returns. */
void memory_set_task(void *task);
void *memory_task(void);

#endif
