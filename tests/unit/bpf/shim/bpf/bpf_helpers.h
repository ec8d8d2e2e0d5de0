/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libbpf's header for BPF programs that are compiled for the host: kernel helpers become functions
 * of memory.h, CO-RE relocations become the offsets of vmlinux.h.
 */
#ifndef BOUNDBY_SHIM_BPF_HELPERS_H
#define BOUNDBY_SHIM_BPF_HELPERS_H

#include_next <bpf/bpf_helpers.h>

#include "memory.h"

#undef SEC
#define SEC(name)
#define preserve_access_index
#define __builtin_preserve_access_index(expression) (expression)

#define bpf_probe_read_user(to, size, from) memory_read(to, size, (__u64)(from))
#define bpf_probe_read_kernel(to, size, from) memory_read(to, size, (__u64)(from))
#define bpf_map_lookup_elem(map, key) memory_lookup(map, key)
#define bpf_jiffies64() memory_jiffies
#define bpf_get_current_task_btf() ((struct task_struct *)memory_task())

#endif
