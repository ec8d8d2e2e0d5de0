// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Classifies a futex word by its address, the operation, and the words around it in the memory of
 * the thread that starts to wait: kind, identity and holder. What one wait cannot determine is
 * unknown; the model decides it from all waits and wakes.
 */
#include "futex.bpf.h"

/* A table would do, but libbpf 1.1 misplaces one of nine bytes when it links objects. */
#define LOCK_STATE(number, ident, name, state) \
	case number:                           \
		return STATE_##state;
static __always_inline __u32 lock_state(__u32 kind)
{
	switch (kind) {
		BOUNDBY_LOCKS(LOCK_STATE)
	}
	return STATE_CONDITION;
}
#undef LOCK_STATE

#define NUMBER_MAX 0x400000 /* PID_MAX_LIMIT of 64-bit kernels */
#define MUSL_MUTEX_BUSY 0x80000010u /* waiters bit | EBUSY: pthread_mutex_lock.c of musl */
#define WAITERS 0x80000000u /* FUTEX_WAITERS, and musl's semaphores and rwlocks */
#define READERS_MAX 64 /* so small a number may be the count of readers of musl's rwlock */
#define STACK_NEAR 4096 /* frames of the library call that waits */
#define MUTEX_KINDS 0x200 /* glibc keeps type and protocol of a mutex in nine bits */

/* The words around a futex word: word[AT] is itself. */
#define AT 6
#define AROUND 12

static __always_inline bool is_number(__u32 value)
{
	return value && value <= NUMBER_MAX;
}

/* struct __pthread_mutex_s of glibc on 64 bits: lock, count, owner, users, kind. */
static __always_inline bool is_glibc_mutex(const __u32 *word)
{
	return is_number(word[AT + 2]) && is_number(word[AT + 3]) && word[AT + 4] < MUTEX_KINDS;
}

/*
 * A glibc condition variable keeps its number of waiters, times eight, with flags below, one or
 * two words before the word that is waited at; the lowest flag says that it is shared.
 */
static __always_inline bool is_waiters(__u32 word, bool private)
{
	return word >= 8 && word < NUMBER_MAX * 8ULL && (word & 1) == !private;
}

/*
 * Up to glibc 2.40 the references to the group that is waited in, times two, lie six words before
 * in both groups, and are no more than the waiters.
 */
static __always_inline bool is_glibc_condition(const __u32 *word, bool private)
{
	__u32 references = word[AT - 6] >> 1;

	return references &&
	       ((is_waiters(word[AT - 1], private) && references <= word[AT - 1] >> 3) ||
		(is_waiters(word[AT - 2], private) && references <= word[AT - 2] >> 3));
}

/* glibc: readers, writers, write-phase word, writers' word, two pads, current writer, shared */
static __always_inline bool is_glibc_rwlock(const __u32 *word, __u32 value, bool private,
					    __u32 *writer)
{
	if (value != 2 && value != 3)
		return false;
	/* waiting at the write-phase word, a reader or the first writer */
	if (word[AT - 2] && !word[AT + 2] && !word[AT + 3] && word[AT + 4] <= NUMBER_MAX &&
	    (word[AT + 5] & 0xff) == !private) {
		*writer = word[AT + 4];
		return true;
	}
	/* waiting at the writers' word */
	if (value == 3 && !word[AT + 1] && !word[AT + 2] && is_number(word[AT + 3]) &&
	    (word[AT + 4] & 0xff) == !private) {
		*writer = word[AT + 3];
		return true;
	}
	return false;
}

/*
 * A value whose highest bit means "has waiters": musl's locks, and the kernel's convention for
 * words with an owner. musl's semaphores and rwlocks keep a count of waiters behind the word,
 * followed by the private flag, in opposite order.
 */
static __always_inline __u32 waiters_kind(const __u32 *word, __u32 value, bool private,
					  __u32 *holder)
{
	__u32 rest = value & ~WAITERS;
	bool counted = is_number(word[AT + 1]);

	if (value == MUSL_MUTEX_BUSY)
		return LOCK_MUTEX;
	if (rest > READERS_MAX && is_number(rest)) {
		*holder = rest;
		return LOCK_MUTEX;
	}
	if (!rest || rest == ~WAITERS) {
		if (counted && word[AT + 2] == (private ? FUTEX_IS_PRIVATE : 0))
			return LOCK_SEMAPHORE;
		if (counted && rest && word[AT + 2] == (private ? 0 : FUTEX_IS_PRIVATE))
			return LOCK_RWLOCK;
		return LOCK_UNKNOWN;
	}
	/* readers; musl's mutexes with an owner have a type before the word */
	return counted && !word[AT - 1] && rest <= READERS_MAX ? LOCK_RWLOCK : LOCK_UNKNOWN;
}

static __always_inline __u32 futex_kind(const __u32 *word, __u32 command, __u32 value, bool private,
					bool near_stack, __u32 *holder)
{
	__u32 writer = 0;

	if (command == FUTEX_COMMAND_WAIT && value & WAITERS && value == word[AT])
		return waiters_kind(word, value, private, holder);
	/* 2: contended; a robust mutex has its owner's number there */
	if ((value == 2 || (value & FUTEX_NUMBER_OF_OWNER) == word[AT + 2]) &&
	    is_glibc_mutex(word)) {
		*holder = word[AT + 2];
		return LOCK_MUTEX;
	}
	/* pthread_join of glibc up to 2.40 waits for the number of a thread to be cleared */
	if (!private && command == FUTEX_COMMAND_WAIT_BITSET && value == word[AT] &&
	    is_number(value))
		return LOCK_CONDITION;
	/* a word on the waiter's own stack is its alone: musl's condition variables */
	if (near_stack)
		return LOCK_CONDITION;
	if (command != FUTEX_COMMAND_WAIT_BITSET)
		return LOCK_UNKNOWN;
	if (is_glibc_rwlock(word, value, private, &writer)) {
		*holder = writer;
		return LOCK_RWLOCK;
	}
	if (is_glibc_condition(word, private))
		return LOCK_CONDITION;
	/* sem_t of glibc: value 0, the number of waiters, 0 or 128 for shared */
	if (!value && !word[AT] && is_number(word[AT + 1]) &&
	    word[AT + 2] == (private ? 0 : FUTEX_IS_PRIVATE))
		return LOCK_SEMAPHORE;
	/* glibc 2.41 on has no reference counts to read */
	if (is_waiters(word[AT - 1], private) || is_waiters(word[AT - 2], private))
		return LOCK_CONDITION;
	return LOCK_UNKNOWN;
}

/* Is the word one of an interpreter's GIL? Gives the GIL's address as the lock's. */
static __always_inline __u32 futex_gil(const struct interpreter_locks *locks, __u64 word,
				       struct futex_wait *ret)
{
	__u64 offset;
	int i;

	for (i = 0; i < WIRE_GILS_MAX; i++) {
		offset = word - locks->start[i];
		if (!locks->start[i] || offset < locks->first || offset >= locks->end)
			continue;
		ret->address = locks->start[i];
		return offset < locks->handover ? LOCK_GIL : LOCK_GIL_HANDOVER;
	}
	return LOCK_UNKNOWN;
}

__u32 futex_look(__u64 address, __u64 operation, __u64 stack, __u32 tgid, struct futex_wait *ret)
{
	__u32 command = operation & FUTEX_COMMAND, value = operation >> 32, kind = LOCK_UNKNOWN;
	bool private = operation & FUTEX_IS_PRIVATE, near_stack = address - stack < STACK_NEAR;
	const struct interpreter_locks *locks = NULL;
	__u32 word[AROUND] = {};
	__u64 inside = 0;

	if (!ret)
		return STATE_CONDITION;
	ret->word = ret->address = address;
	ret->holder = 0;
	ret->shared = !private;
	if (have_interpreters) {
		locks = bpf_map_lookup_elem(&interpreter_locks, &tgid);
		if (locks)
			kind = futex_gil(locks, address, ret);
	}
	if (kind != LOCK_UNKNOWN || operation & FUTEX_UNREADABLE)
		goto out;
	/* the words around may lie on a page that is not there */
	if (bpf_probe_read_user(word, sizeof(word), (void *)(address - AT * 4)) &&
	    bpf_probe_read_user(&word[AT], 4, (void *)address))
		goto out;
	if (command == FUTEX_COMMAND_LOCK_PI || command == FUTEX_COMMAND_LOCK_PI2) {
		kind = LOCK_PI_MUTEX;
		ret->holder = word[AT] & FUTEX_NUMBER_OF_OWNER;
	} else if (command == FUTEX_COMMAND_WAIT_REQUEUE_PI) {
		kind = LOCK_CONDITION;
	} else if (locks && locks->parking && near_stack) {
		/* CPython 3.13 on: each waiter has its own word, behind the address of the lock */
		bpf_probe_read_user(&inside, sizeof(inside), (void *)(address - 8));
		if (inside)
			ret->address = inside;
	} else {
		kind = futex_kind(word, command, value, private, near_stack, &ret->holder);
	}
out:
	ret->kind = kind;
	return lock_state(kind);
}
