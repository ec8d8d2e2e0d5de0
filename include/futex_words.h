/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the words around a futex word say: one list of struct layouts for the kernel side, which looks
 * when a thread begins to wait, and for the reader, which looks at waits that began before the watch.
 */
#ifndef BOUNDBY_FUTEX_WORDS_H
#define BOUNDBY_FUTEX_WORDS_H

#ifndef __bpf__
#include <linux/types.h>
#include <stdbool.h>
#endif
#include "states.h"

/* include/uapi/linux/futex.h */
#define FUTEX_COMMAND 0x7f
#define FUTEX_IS_PRIVATE 0x80
#define FUTEX_COMMAND_WAIT 0
#define FUTEX_COMMAND_LOCK_PI 6
#define FUTEX_COMMAND_WAIT_BITSET 9
#define FUTEX_COMMAND_WAIT_REQUEUE_PI 11
#define FUTEX_COMMAND_LOCK_PI2 13
#define FUTEX_NUMBER_OF_OWNER 0x3fffffff /* FUTEX_TID_MASK */
#define FUTEX_NARROW (1ULL << 17) /* in operation: the thread's program is a 32-bit one */

/* The words around a futex word: word[FUTEX_AT] is itself. */
#define FUTEX_AT 6
#define FUTEX_AROUND 12
#define FUTEX_FROM_WORD ((FUTEX_AROUND - FUTEX_AT) * 4) /* bytes */
#define FUTEX_STACK_NEAR 4096 /* frames of the library call that waits */

#define FUTEX_NUMBER_MAX 0x400000 /* PID_MAX_LIMIT of 64-bit kernels */
#define FUTEX_MUSL_MUTEX_BUSY 0x80000010u /* waiters bit | EBUSY: pthread_mutex_lock.c of musl */
#define FUTEX_WAITERS 0x80000000u /* FUTEX_WAITERS, and musl's semaphores and rwlocks */
#define FUTEX_READERS_MAX 64 /* so small a number may be the count of readers of musl's rwlock */
#define FUTEX_MUTEX_KINDS 0x200 /* glibc keeps type and protocol of a mutex in nine bits, ... */
#define FUTEX_MUTEX_NO_KINDS 0xc /* ... two of which mean nothing */

static inline bool futex_is_number(__u32 value)
{
	return value && value <= FUTEX_NUMBER_MAX;
}

/*
 * struct __pthread_mutex_s of glibc: lock, count, owner, users, kind on 64 bits; on 32 bits (narrow)
 * the kind comes before the users. Bits 4 and 8 of the kind mean nothing: a word that has them is not
 * of glibc.
 */
static inline bool futex_is_glibc_mutex(const __u32 *word, bool narrow)
{
	__u32 users = word[FUTEX_AT + (narrow ? 4 : 3)], kind = word[FUTEX_AT + (narrow ? 3 : 4)];

	return futex_is_number(word[FUTEX_AT + 2]) && futex_is_number(users) &&
	       kind < FUTEX_MUTEX_KINDS && !(kind & FUTEX_MUTEX_NO_KINDS);
}

/*
 * A glibc condition variable keeps its number of waiters, times eight, with flags below, one or
 * two words before the word that is waited at; the lowest flag says that it is shared.
 */
static inline bool futex_is_waiters(__u32 word, bool private)
{
	return word >= 8 && word < FUTEX_NUMBER_MAX * 8ULL && (word & 1) == !private;
}

/*
 * Up to glibc 2.40 the references to the group that is waited in, times two, lie six words before
 * in both groups, and are no more than the waiters.
 */
static inline bool futex_is_glibc_condition(const __u32 *word, bool private)
{
	__u32 references = word[FUTEX_AT - 6] >> 1;

	return references && ((futex_is_waiters(word[FUTEX_AT - 1], private) &&
			       references <= word[FUTEX_AT - 1] >> 3) ||
			      (futex_is_waiters(word[FUTEX_AT - 2], private) &&
			       references <= word[FUTEX_AT - 2] >> 3));
}

/* glibc: readers, writers, write-phase word, writers' word, two pads, current writer, shared */
static inline bool futex_is_glibc_rwlock(const __u32 *word, __u32 value, bool private,
					 __u32 *writer)
{
	if (value != 2 && value != 3)
		return false;
	/* waiting at the write-phase word, a reader or the first writer */
	if (word[FUTEX_AT - 2] && !word[FUTEX_AT + 2] && !word[FUTEX_AT + 3] &&
	    word[FUTEX_AT + 4] <= FUTEX_NUMBER_MAX && (word[FUTEX_AT + 5] & 0xff) == !private) {
		*writer = word[FUTEX_AT + 4];
		return true;
	}
	/* waiting at the writers' word */
	if (value == 3 && !word[FUTEX_AT + 1] && !word[FUTEX_AT + 2] &&
	    futex_is_number(word[FUTEX_AT + 3]) && (word[FUTEX_AT + 4] & 0xff) == !private) {
		*writer = word[FUTEX_AT + 3];
		return true;
	}
	return false;
}

/*
 * A value whose highest bit means "has waiters": musl's locks, and the kernel's
 * convention for words with an owner. musl's semaphores and rwlocks keep a count of waiters
 * behind the word, then whether they are private, each the other way round.
 */
static inline __u32 futex_waiters_kind(const __u32 *word, __u32 value, bool private, __u32 *holder)
{
	__u32 rest = value & ~FUTEX_WAITERS;
	bool counted = futex_is_number(word[FUTEX_AT + 1]);

	if (value == FUTEX_MUSL_MUTEX_BUSY)
		return LOCK_MUTEX;
	if (rest > FUTEX_READERS_MAX && futex_is_number(rest)) {
		*holder = rest;
		return LOCK_MUTEX;
	}
	if (!rest || rest == ~FUTEX_WAITERS) {
		if (counted && word[FUTEX_AT + 2] == (private ? FUTEX_IS_PRIVATE : 0))
			return LOCK_SEMAPHORE;
		if (counted && rest && word[FUTEX_AT + 2] == (private ? 0 : FUTEX_IS_PRIVATE))
			return LOCK_RWLOCK;
		return LOCK_UNKNOWN;
	}
	/* readers; musl's mutexes with an owner have a type before the word */
	return counted && !word[FUTEX_AT - 1] && rest <= FUTEX_READERS_MAX ? LOCK_RWLOCK :
									     LOCK_UNKNOWN;
}

/*
 * What a thread waits at, by the words around the one that it gave to the kernel. operation: as in
 * futex_look(), the value that it waits for in the upper half. *holder is set where the words tell it:
 * a number as the process has them, which may be of no thread.
 */
static inline __u32 futex_kind(const __u32 *word, __u64 operation, bool near_stack, __u32 *holder)
{
	__u32 command = (__u32)(operation & FUTEX_COMMAND), value = (__u32)(operation >> 32),
	      writer = 0;
	bool private = operation & FUTEX_IS_PRIVATE, narrow = operation & FUTEX_NARROW;

	if (command == FUTEX_COMMAND_LOCK_PI || command == FUTEX_COMMAND_LOCK_PI2) {
		*holder = word[FUTEX_AT] & FUTEX_NUMBER_OF_OWNER;
		return LOCK_PI_MUTEX;
	}
	if (command == FUTEX_COMMAND_WAIT_REQUEUE_PI)
		return LOCK_CONDITION;
	if (command == FUTEX_COMMAND_WAIT && value & FUTEX_WAITERS && value == word[FUTEX_AT])
		return futex_waiters_kind(word, value, private, holder);
	/* 2: contended; a robust mutex has its owner's number there */
	if ((value == 2 || (value & FUTEX_NUMBER_OF_OWNER) == word[FUTEX_AT + 2]) &&
	    futex_is_glibc_mutex(word, narrow)) {
		*holder = word[FUTEX_AT + 2];
		return LOCK_MUTEX;
	}
	/* pthread_join of glibc up to 2.40 waits for the number of a thread to be cleared */
	if (!private && command == FUTEX_COMMAND_WAIT_BITSET && value == word[FUTEX_AT] &&
	    futex_is_number(value))
		return LOCK_CONDITION;
	/* a word on the waiter's own stack is its alone: musl's condition variables */
	if (near_stack)
		return LOCK_CONDITION;
	if (command != FUTEX_COMMAND_WAIT_BITSET || narrow)
		return LOCK_UNKNOWN; /* the other structs differ on 32 bits */
	if (futex_is_glibc_rwlock(word, value, private, &writer)) {
		*holder = writer;
		return LOCK_RWLOCK;
	}
	if (futex_is_glibc_condition(word, private))
		return LOCK_CONDITION;
	/* sem_t of glibc: value 0, the number of waiters, 0 or 128 for shared */
	if (!value && !word[FUTEX_AT] && futex_is_number(word[FUTEX_AT + 1]) &&
	    word[FUTEX_AT + 2] == (private ? 0 : FUTEX_IS_PRIVATE))
		return LOCK_SEMAPHORE;
	/* glibc 2.41 on has no references to look at */
	if (futex_is_waiters(word[FUTEX_AT - 1], private) ||
	    futex_is_waiters(word[FUTEX_AT - 2], private))
		return LOCK_CONDITION;
	return LOCK_UNKNOWN;
}

#endif
