// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads no more than a few words for each thread, and for no longer than RESOLVE_MOST_NS in all. */
#include "collect/open_waits.h"

#include <poll.h>
#include <string.h>
#include <time.h>

#include "collect/reader/memory.h"
#include "futex_words.h"

#define RESOLVE_MOST_NS 500000000ULL /* 100,000 threads, at some microseconds each */
#define SELECT_WORDS 16 /* of 64 descriptors: FD_SETSIZE */

/* struct futex_waitv, 5.16 */
struct waitv_entry {
	__u64 value;
	__u64 address;
	__u32 flags;
	__u32 pad;
};

struct resolving {
	struct bpf_session *session;
	__u64 until_ns;
	__u64 resolved;
};

static __u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (__u64)now.tv_sec * 1000000000ULL + (__u64)now.tv_nsec;
}

/* The words around one; what lies before it may be on a page that is not there. */
static bool read_around(const struct wait_look *look, __u64 word, __u32 *ret)
{
	memset(ret, 0, FUTEX_AROUND * sizeof(*ret));
	return memory_read((pid_t)look->tid, word - FUTEX_AT * sizeof(*ret), ret,
			   FUTEX_AROUND * sizeof(*ret)) ||
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

static int on_look(void *arg, const void *row)
{
	struct resolving *resolving = arg;
	struct wait_resolved resolved = { 0 };
	struct wait_look look;
	bool known = false;

	memcpy(&look, row, sizeof(look));
	resolved.entered_ns = look.entered_ns;
	resolved.what = look.what;
	switch (look.what) {
	case LOOK_FUTEX:
	case LOOK_WAITV:
		known = resolve_futex(&look, &resolved);
		break;
	case LOOK_POLL:
		known = resolve_poll(&look, &resolved);
		break;
	case LOOK_SELECT:
		known = resolve_select(&look, &resolved);
		break;
	case LOOK_SOCKET:
		known = resolve_socket(&look, &resolved);
		break;
	}
	if (known && !bpf_session_resolve(resolving->session, look.id, &resolved))
		resolving->resolved++;
	return now_ns() > resolving->until_ns;
}

int open_waits_resolve(struct bpf_session *session)
{
	struct resolving resolving = { .session = session, .until_ns = now_ns() + RESOLVE_MOST_NS };
	int result = bpf_session_look(session, 0, on_look, &resolving);

	if (result < 0 || !resolving.resolved)
		return result < 0 ? result : 0;
	return bpf_session_resolve_all(session);
}
