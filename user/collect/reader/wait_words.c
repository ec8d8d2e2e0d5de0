// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the words of a futex or a poll set in the memory of a sleeping thread. */
#include "collect/reader/wait_words.h"

#include <poll.h>
#include <string.h>

#include "collect/reader/memory.h"
#include "futex_words.h"

#define SELECT_WORDS 16 /* of 64 descriptors: FD_SETSIZE */

/* struct futex_waitv, 5.16 */
struct waitv_entry {
	__u64 value;
	__u64 address;
	__u32 flags;
	__u32 pad;
};

/* The words around one; what lies before it may be on a page that is not there. */
static bool read_around(const struct wait_look *look, __u64 word, __u32 *ret)
{
	memset(ret, 0, FUTEX_AROUND * sizeof(*ret));
	return memory_read((pid_t)look->tid, word - FUTEX_AT * sizeof(*ret), ret,
			   FUTEX_AROUND * sizeof(*ret)) ||
	       memory_read((pid_t)look->tid, word, &ret[FUTEX_AT], FUTEX_FROM_WORD) ||
	       memory_read((pid_t)look->tid, word, &ret[FUTEX_AT], sizeof(*ret));
}

/* The word that the call waits at, and its operation as futex_kind() takes it. */
static bool find_word(const struct wait_look *look, __u64 *ret_word, __u64 *ret_operation)
{
	struct waitv_entry first;

	if (look->what == LOOK_FUTEX) {
		*ret_word = look->argument[0];
		*ret_operation = (__u32)look->argument[1] | look->argument[2] << 32;
		return true;
	}
	if (!memory_read((pid_t)look->tid, look->argument[0], &first, sizeof(first)))
		return false;
	*ret_word = first.address;
	*ret_operation = FUTEX_COMMAND_WAIT_BITSET | (first.flags & FUTEX_IS_PRIVATE) |
			 first.value << 32;
	return true;
}

static bool resolve_futex(const struct wait_look *look, struct wait_resolved *ret)
{
	__u64 word, operation;
	__u32 around[FUTEX_AROUND];

	if (!find_word(look, &word, &operation) || !read_around(look, word, around))
		return false;
	operation = (operation & ~(FUTEX_NARROW | 0xff00ULL)) | (look->compat ? FUTEX_NARROW : 0);
	ret->word = ret->address = word;
	ret->shared = !(operation & FUTEX_IS_PRIVATE);
	ret->kind =
		futex_kind(around, operation, word - look->stack < FUTEX_STACK_NEAR, &ret->holder);
	return true;
}

static bool resolve_poll(const struct wait_look *look, struct wait_resolved *ret)
{
	struct pollfd set[WIRE_LOOK_FDS];
	__u64 count = look->argument[1] < WIRE_LOOK_FDS ? look->argument[1] : WIRE_LOOK_FDS, i;

	if (!memory_read((pid_t)look->tid, look->argument[0], set, count * sizeof(*set)))
		return false;
	ret->set_size = (__u32)look->argument[1];
	for (i = 0; i < count; i++)
		if (set[i].fd >= 0)
			ret->fds[ret->count++] = (__u32)set[i].fd;
	return true;
}

/* The read set; one that is not given, or empty, has nothing to be answered. */
static bool resolve_select(const struct wait_look *look, struct wait_resolved *ret)
{
	__u64 bits[SELECT_WORDS] = { 0 }, limit = look->argument[0];
	size_t size, i;

	if (limit > SELECT_WORDS * 64)
		limit = SELECT_WORDS * 64;
	size = (limit + 63) / 64 * sizeof(*bits);
	if (look->argument[1] && !memory_read((pid_t)look->tid, look->argument[1], bits, size))
		return false;
	for (i = 0; i < limit; i++) {
		if (!(bits[i / 64] >> (i % 64) & 1))
			continue;
		ret->set_size++;
		if (ret->count < WIRE_LOOK_FDS)
			ret->fds[ret->count++] = (__u32)i;
	}
	return true;
}

static bool resolve_socket(const struct wait_look *look, struct wait_resolved *ret)
{
	ret->kind = (__u32)look->argument[1];
	ret->count = 1;
	return memory_read((pid_t)look->tid, look->argument[0], &ret->fds[0], sizeof(ret->fds[0]));
}

bool wait_words_read(const struct wait_look *look, struct wait_resolved *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->entered_ns = look->entered_ns;
	ret->what = look->what;
	switch (look->what) {
	case LOOK_FUTEX:
	case LOOK_WAITV:
		return resolve_futex(look, ret);
	case LOOK_POLL:
		return resolve_poll(look, ret);
	case LOOK_SELECT:
		return resolve_select(look, ret);
	case LOOK_SOCKET:
		return resolve_socket(look, ret);
	}
	return false;
}
