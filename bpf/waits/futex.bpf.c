// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Classifies a futex word by its address, the operation, and the words around it in the memory of
 * the thread that starts to wait: kind, identity and holder. What one wait cannot determine is
 * unknown; the model decides it from all waits and wakes.
 */
#include "waits/futex.bpf.h"

/* A table would do, but libbpf 1.1 misplaces one of nine bytes when it links objects. */
#define LOCK_STATE(number, ident, name, state) \
	case number:                           \
		return STATE_##state;
__u32 futex_state(__u32 kind)
{
	switch (kind) {
		BOUNDBY_LOCKS(LOCK_STATE)
	}
	return STATE_CONDITION;
}
#undef LOCK_STATE

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
	__u32 kind = LOCK_UNKNOWN;
	bool near_stack = address - stack < FUTEX_STACK_NEAR;
	const struct interpreter_locks *locks = NULL;
	__u32 word[FUTEX_AROUND] = {};
	__u64 inside = 0;

	if (!ret)
		return STATE_CONDITION;
	ret->word = ret->address = address;
	ret->holder = 0;
	ret->shared = !(operation & FUTEX_IS_PRIVATE);
	if (have_interpreters) {
		locks = bpf_map_lookup_elem(&interpreter_locks, &tgid);
		if (locks)
			kind = futex_gil(locks, address, ret);
	}
	if (kind != LOCK_UNKNOWN || operation & FUTEX_UNREADABLE)
		goto out;
	/* the words around may lie on a page that is not there: shared memory often begins with a lock */
	if (bpf_probe_read_user(word, sizeof(word), (void *)(address - FUTEX_AT * 4)) &&
	    bpf_probe_read_user(&word[FUTEX_AT], FUTEX_FROM_WORD, (void *)address) &&
	    bpf_probe_read_user(&word[FUTEX_AT], 4, (void *)address))
		goto out;
	if (locks && locks->parking && near_stack) {
		/* CPython 3.13 on: each waiter has a word of its own, behind the address of the lock */
		bpf_probe_read_user(&inside, sizeof(inside), (void *)(address - 8));
		if (inside)
			ret->address = inside;
	} else {
		kind = futex_kind(word, operation, near_stack, &ret->holder);
	}
out:
	ret->kind = kind;
	return futex_state(kind);
}
