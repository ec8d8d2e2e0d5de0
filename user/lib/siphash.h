/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SipHash-1-3 (Aumasson, Bernstein): without the key no collisions can be made. */
#ifndef BOUNDBY_LIB_SIPHASH_H
#define BOUNDBY_LIB_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/* Of the message that is first, as eight little-endian bytes, and then the bytes. */
uint64_t siphash(const uint64_t key[2], uint64_t first, const void *bytes, size_t length);

#endif
