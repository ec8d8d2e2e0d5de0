/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where glibc keeps a thread's values of pthread_key_create(): its struct pthread holds GLIBC_KEYS
 * pairs of sequence number and value; those of further keys are elsewhere.
 */
#ifndef BOUNDBY_GLIBC_WORDS_H
#define BOUNDBY_GLIBC_WORDS_H

#define GLIBC_SPECIFIC 0x310 /* struct pthread.specific_1stblock, x86_64 */
#define GLIBC_KEYS 32

/* Address of the value of a key below GLIBC_KEYS, of the thread with this thread pointer. */
#define GLIBC_VALUE(pointer, key) ((pointer) + GLIBC_SPECIFIC + (key)*16ULL + 8)

#endif
