/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of the current thread's memory, as readers of runtimes' frames want them. */
#ifndef BOUNDBY_USER_MEMORY_BPF_H
#define BOUNDBY_USER_MEMORY_BPF_H

#include "core_compat.bpf.h"
#include "glibc_words.h"

/* The word at an address, 0: it cannot be read. */
static __always_inline __u64 peek(__u64 address)
{
	__u64 value = 0;

	bpf_probe_read_user(&value, sizeof(value), (void *)address);
	return value;
}

/*
 * The thread-specific value (pthread_getspecific) of the thread with this thread pointer, whose key
 * is stored at key_address; 0 none.
 */
static __always_inline __u64 peek_specific(__u64 key_address, __u64 pointer)
{
	__u32 key = 0;

	if (bpf_probe_read_user(&key, sizeof(key), (void *)key_address) || key >= GLIBC_KEYS)
		return 0;
	return peek(GLIBC_VALUE(pointer, key));
}

#endif
