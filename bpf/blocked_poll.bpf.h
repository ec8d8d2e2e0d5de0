/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Multiplexed waits: does the program wait for work, or for answers it asked for? Receives the
 * set of descriptors (user memory for poll and select, struct eventpoll for epoll); hands on
 * whether a request of its own is under way. Each look is bounded.
 */
#ifndef BOUNDBY_BLOCKED_POLL_BPF_H
#define BOUNDBY_BLOCKED_POLL_BPF_H

#include "blocked_object.bpf.h"

#define POLL_LOOK_MAX 8 /* descriptors of a poll or select set that are looked at */
#define POLL_TREE_MAX 16 /* members of an epoll set that are looked at */
#define POLL_READY_MAX 4 /* ready members of an epoll set that are looked at */
#define POLL_LOOK_PERIOD_NS 1000000 /* shorter waits share one look in this period */

/* Looks at one descriptor: true when the program waits for an answer on it. */
static __always_inline bool poll_descriptor_in_flight(struct task_struct *task, __u32 fd,
						      struct wait_site *site)
{
	struct file *file = blocked_file(task, fd);
	struct sock *sk;

	if (!file || !blocked_is_outbound(file, &sk) || !blocked_in_flight(sk))
		return false;
	blocked_peer(sk, BPF_CORE_READ(sk, __sk_common.skc_family), site);
	return true;
}

/*
 * One descriptor is a timed read of that descriptor, not a set: a connection that the program
 * made, or a datagram socket it queries, is its own request.
 */
static __always_inline __u32 poll_single(struct task_struct *task, __u32 fd, struct wait_site *site)
{
	struct file *file = blocked_file(task, fd);

	if (!file)
		return STATE_POLL_IDLE;
	site->object = blocked_object(file, site);
	if (site->object == OBJECT_TCP_CONNECTED || site->object == OBJECT_UDP)
		return STATE_POLL_IO;
	return STATE_POLL_IDLE;
}

struct poll_fd {
	__s32 fd;
	__s16 events;
	__s16 revents;
};

/* poll, ppoll: the set lies in the memory of the thread, which is still the current one. */
static __always_inline __u32 poll_array(struct task_struct *task, const void *user, __u64 count,
					struct wait_site *site)
{
	struct poll_fd entry;
	__u32 i;

	if (!count)
		return STATE_SLEEP;
	for (i = 0; i < POLL_LOOK_MAX && i < count; i++) {
		if (bpf_probe_read_user(&entry, sizeof(entry), user + i * sizeof(entry)))
			break;
		if (entry.fd < 0)
			continue;
		if (count == 1)
			return poll_single(task, entry.fd, site);
		if (poll_descriptor_in_flight(task, entry.fd, site))
			return STATE_POLL_IO;
	}
	return STATE_POLL_IDLE;
}

/* Number of the lowest set bit, by a de Bruijn sequence: clang 14 has no ctz for BPF. */
static __always_inline __u32 poll_lowest_bit(__u64 bits)
{
	static const __u8 numbers[64] = {
		0,  1,	48, 2,	57, 49, 28, 3,	61, 58, 50, 42, 38, 29, 17, 4,
		62, 55, 59, 36, 53, 51, 43, 22, 45, 39, 33, 30, 24, 18, 12, 5,
		63, 47, 56, 27, 60, 41, 37, 16, 54, 35, 52, 21, 44, 32, 23, 11,
		46, 26, 40, 15, 34, 20, 31, 10, 25, 14, 19, 9,	13, 8,	7,  6,
	};

	return numbers[(bits & -bits) * 0x03f79d71b4cb0a89ULL >> 58];
}

/* select, pselect6: bits of the read set, then nothing else; the first 64 descriptors. */
static __always_inline __u32 poll_bits(struct task_struct *task, __u64 limit, const void *user,
				       struct wait_site *site)
{
	__u64 bits = 0;
	__u32 i;

	if (!limit)
		return STATE_SLEEP;
	if (!user || bpf_probe_read_user(&bits, sizeof(bits), user))
		return STATE_POLL_IDLE;
	if (limit < 64)
		bits &= (1ULL << limit) - 1;
	if (bits && !(bits & (bits - 1)) && limit <= 64)
		return poll_single(task, poll_lowest_bit(bits), site);
	for (i = 0; i < POLL_LOOK_MAX && bits; i++) {
		if (poll_descriptor_in_flight(task, poll_lowest_bit(bits), site))
			return STATE_POLL_IO;
		bits &= bits - 1;
	}
	return STATE_POLL_IDLE;
}

/* An answer that has just come in, or is still out, on one member of an epoll set. */
static __always_inline bool poll_member(struct epitem *item, bool ready, struct wait_site *site)
{
	struct file *file = BPF_CORE_READ(item, ffd.file);
	struct sock *sk;

	if (!file || !blocked_is_outbound(file, &sk))
		return false;
	if (!ready && !blocked_in_flight(sk))
		return false;
	blocked_peer(sk, BPF_CORE_READ(sk, __sk_common.skc_family), site);
	return true;
}

/*
 * Looks at an epoll set when its wait ends: what made it end lies on the ready list, what is
 * still out in the tree, of which the first levels are visited.
 */
static __noinline bool poll_look(struct eventpoll *set, struct wait_site *site)
{
	void *head = (void *)set + bpf_core_field_offset(struct eventpoll, rdllist);
	struct list_head *link = BPF_CORE_READ(set, rdllist.next);
	struct rb_node *queue[POLL_TREE_MAX], *node;
	__u32 i, filled = 0;

	for (i = 0; i < POLL_READY_MAX && link && (void *)link != head; i++) {
		struct epitem *item = (void *)link - bpf_core_field_offset(struct epitem, rdllink);

		if (poll_member(item, true, site))
			return true;
		link = BPF_CORE_READ(link, next);
	}
	node = BPF_CORE_READ(set, rbr.rb_root.rb_node);
	if (node)
		queue[filled++] = node;
	for (i = 0; i < POLL_TREE_MAX; i++) {
		struct epitem *item;

		if (i >= filled)
			break;
		node = queue[i];
		item = (void *)node - bpf_core_field_offset(struct epitem, rbn);
		if (poll_member(item, false, site))
			return true;
		link = (void *)BPF_CORE_READ(node, rb_left);
		if (link && filled < POLL_TREE_MAX)
			queue[filled++] = (void *)link;
		link = (void *)BPF_CORE_READ(node, rb_right);
		if (link && filled < POLL_TREE_MAX)
			queue[filled++] = (void *)link;
	}
	return false;
}

#endif
