/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bits of a word, without a branch: clang 14 has neither clz nor popcount for BPF, and each branch
 * doubles the paths that the verifier follows at each call.
 */
#ifndef BOUNDBY_BITS_BPF_H
#define BOUNDBY_BITS_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

static __always_inline __u32 bits_count(__u64 word)
{
	word -= word >> 1 & 0x5555555555555555ULL;
	word = (word & 0x3333333333333333ULL) + (word >> 2 & 0x3333333333333333ULL);
	word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return word * 0x0101010101010101ULL >> 56;
}

/* Floor of the binary logarithm; 0 of 0. */
static __always_inline __u32 bits_log2(__u64 word)
{
	word |= 1;
	word |= word >> 1;
	word |= word >> 2;
	word |= word >> 4;
	word |= word >> 8;
	word |= word >> 16;
	word |= word >> 32;
	return bits_count(word) - 1;
}

#endif
