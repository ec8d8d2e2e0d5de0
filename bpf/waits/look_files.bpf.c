// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Evidence of pending work: what lies in the accept queues and receive buffers of the targets' sockets,
 * whether a thread waits for it, and which process has the other end of a pipe or socket that is
 * written to or read. Runs from an iterator over all open files, in boundby's own time.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "waits/blocked_object.bpf.h"
#include "filter.bpf.h"
#include "waits/look_files.bpf.h"

/* include/uapi/linux/magic.h and stat.h */
#define MAGIC_SOCKET 0x534F434B
#define MODE_TYPE 0170000
#define MODE_FIFO 0010000
#define FAMILY_UNIX 1
#define SOCKET_ESTABLISHED 1

/* Before 6.13 a file counts its references from 1, since then from 0. */
struct file___counted {
	struct {
		long counter;
	} f_count;
} __attribute__((preserve_access_index));

#define ITERATORS_REFERENCES 1 /* the iterator holds the file too */
#define MODE_READ 1 /* FMODE_READ */
#define MODE_WRITE 2 /* FMODE_WRITE */

_Static_assert(FILE_READS == 4 * MODE_READ && FILE_WRITES == 4 * MODE_WRITE, "by a shift");

/* FILE_READS and FILE_WRITES, without a branch that the verifier would have to follow. */
static __always_inline __u32 access_flags(struct file *file)
{
	return (BPF_CORE_READ(file, f_mode) & (MODE_READ | MODE_WRITE)) << 2;
}

static __always_inline long file_references(struct file *file)
{
	struct file___counted *counted = (void *)file;

	if (bpf_core_field_exists(counted->f_count))
		return BPF_CORE_READ(counted, f_count.counter);
	return BPF_CORE_READ(file, f_ref.refcnt.counter) + 1;
}

/* Of a file that is known to be a socket. */
static __always_inline struct sock *file_sock(struct file *file)
{
	struct socket *socket = BPF_CORE_READ(file, private_data);

	return BPF_CORE_READ(socket, sk);
}

#define WAIT_ENTRIES_MAX 16 /* looked at, of one wait queue */

/* Entries of a wait queue, up to WAIT_ENTRIES_MAX. */
static __always_inline __u32 queue_entries(struct wait_queue_head *queue)
{
	struct list_head *head = &queue->head, *link = BPF_CORE_READ(queue, head.next);
	__u32 count = 0;

	while (count < WAIT_ENTRIES_MAX && link && link != head) {
		link = BPF_CORE_READ(link, next);
		count++;
	}
	return count;
}

/* include/uapi/linux/eventpoll.h: EPOLLIN, EPOLLPRI, EPOLLOUT and EPOLLRDHUP */
#define EVENTS_ASKED_FOR 0x2007u

/*
 * A socket is waited for when a thread sleeps at one of the epoll sets that hold it and ask for its events
 * (EPOLLONESHOT asks no more once one has come), or at the socket itself: then its wait queue has more
 * entries than there are sets. A set within a set counts as waited for.
 */
__u32 file_is_waited(__u64 address, __u64 queue)
{
	struct file *file = (struct file *)address;
	struct hlist_head *sets = BPF_CORE_READ(file, f_ep);
	struct hlist_node *node = sets ? BPF_CORE_READ(sets, first) : NULL;
	__u32 members = 0;
	int i;

	for (i = 0; i < WAIT_ENTRIES_MAX && node; i++) {
		struct epitem *item = (void *)node - bpf_core_field_offset(struct epitem, fllink);
		struct eventpoll *set = BPF_CORE_READ(item, ep);
		__u32 asked = BPF_CORE_READ(item, event.events) & EVENTS_ASKED_FOR;

		if (!set || BPF_CORE_READ(set, refs.first) || (asked && queue_entries(&set->wq)))
			return 1;
		members++;
		node = BPF_CORE_READ(node, next);
	}
	return queue_entries((struct wait_queue_head *)queue) > members;
}

__u32 socket_pending(__u64 address, struct file_look *ret)
{
	struct file *file = (struct file *)address;
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct wait_site site = {};
	struct tcp_request_sock *first;
	struct socket_wq *queue;
	struct tcp_sock *tcp;
	struct sock *sk;
	__u8 state;

	if (!ret || BPF_CORE_READ(inode, i_sb, s_magic) != MAGIC_SOCKET)
		return 0;
	sk = file_sock(file);
	if (!sk)
		return 0;
	ret->object = blocked_object(address, &site);
	ret->inode = BPF_CORE_READ(inode, i_ino);
	queue = BPF_CORE_READ(sk, sk_wq);
	if (queue && file_is_waited(address, (__u64)&queue->wait))
		ret->flags |= FILE_WAITED;
	switch (ret->object) {
	case OBJECT_TCP_LISTENING:
		ret->port = BPF_CORE_READ(sk, __sk_common.skc_num);
		ret->pending = BPF_CORE_READ(sk, sk_ack_backlog);
		/* accepted in this order: as long as the first is the same, none was taken */
		first = (void *)BPF_CORE_READ((struct inet_connection_sock *)sk,
					      icsk_accept_queue.rskq_accept_head);
		ret->taken = first ? BPF_CORE_READ(first, rcv_isn) : 0;
		return 1;
	case OBJECT_UNIX_LISTENING:
		ret->pending = BPF_CORE_READ(sk, sk_receive_queue.qlen);
		return 1;
	case OBJECT_TCP_ACCEPTED:
		state = BPF_CORE_READ(sk, __sk_common.skc_state);
		if (state != SOCKET_ESTABLISHED)
			return 0; /* closing: a FIN counts as a byte */
		tcp = (struct tcp_sock *)sk;
		ret->port = BPF_CORE_READ(sk, __sk_common.skc_num);
		ret->taken = BPF_CORE_READ(tcp, copied_seq);
		ret->pending = BPF_CORE_READ(tcp, rcv_nxt) - ret->taken;
		break;
	case OBJECT_UNIX_ACCEPTED:
		ret->pending = BPF_CORE_READ(sk, sk_receive_queue.qlen);
		break;
	default:
		return 0;
	}
	return ret->pending || !(ret->flags & FILE_WAITED);
}

__u64 blocked_own_end(__u64 address)
{
	struct file *file = (struct file *)address;
	struct inode *inode = BPF_CORE_READ(file, f_inode);

	if ((BPF_CORE_READ(inode, i_mode) & MODE_TYPE) == MODE_FIFO)
		return (__u64)inode;
	if (BPF_CORE_READ(inode, i_sb, s_magic) == MAGIC_SOCKET)
		return (__u64)BPF_CORE_READ(file, private_data); /* struct socket */
	return 0;
}

__u64 blocked_other_end(__u64 address)
{
	struct file *file = (struct file *)address;
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct sock *sk, *peer;

	if ((BPF_CORE_READ(inode, i_mode) & MODE_TYPE) == MODE_FIFO)
		return (__u64)inode;
	if (BPF_CORE_READ(inode, i_sb, s_magic) != MAGIC_SOCKET)
		return 0;
	sk = file_sock(file);
	if (!sk || BPF_CORE_READ(sk, __sk_common.skc_family) != FAMILY_UNIX)
		return 0;
	peer = BPF_CORE_READ((struct unix_sock *)sk, peer);
	return peer ? (__u64)BPF_CORE_READ(peer, sk_socket) : 0;
}

SEC("iter/task_file")
int look_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct thread_ledger *ledger;
	struct file_look look = {};
	__u64 file, end;

	if (!task || !ctx->file)
		return 0;
	/* by number: a trusted pointer is no argument for a global function */
	file = blocked_file((__u64)BPF_CORE_READ(task, files), ctx->fd);
	if (!file)
		return 0;
	end = blocked_own_end(file);
	if (end && bpf_map_lookup_elem(&wanted_ends, &end)) {
		look.end = end;
		look.tgid = filter_process(task);
		look.process_start_ns = task->group_leader->start_boottime;
		look.flags = access_flags((struct file *)file);
		bpf_core_read(look.comm, sizeof(look.comm), &task->group_leader->comm);
		bpf_seq_write(ctx->meta->seq, &look, sizeof(look));
		__builtin_memset(&look, 0, sizeof(look));
	}
	ledger = ledger_of(task);
	if (!ledger || !socket_pending(file, &look))
		return 0;
	if (file_references((struct file *)file) > 1 + ITERATORS_REFERENCES)
		look.flags |= FILE_SHARED;
	look.tgid = ledger->wait.tgid;
	look.process_start_ns = ledger->wait.process_start_ns;
	bpf_seq_write(ctx->meta->seq, &look, sizeof(look));
	return 0;
}
