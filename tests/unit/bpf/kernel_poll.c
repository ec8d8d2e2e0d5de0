// SPDX-License-Identifier: GPL-2.0-or-later
/* bpf/waits/blocked_object.bpf.c for the host, and the kernel objects behind a set of sockets. */
#include "../../../bpf/waits/blocked_object.bpf.c"
#include "kernel.h"

struct listener_table listener_ports;
const volatile __u64 cfg_tick_ns = 4000000;

static struct super_block socket_sb = { .s_magic = MAGIC_SOCKET };
static struct inode socket_inode = { .i_sb = &socket_sb };
static struct file files[KERNEL_FDS], *slots[KERNEL_FDS];
static struct socket sockets[KERNEL_FDS];
static struct tcp_sock socks[KERNEL_FDS];
static struct fdtable table;
static struct files_struct files_struct = { .fdt = &table };
static struct epitem items[KERNEL_FDS];
static struct eventpoll set;

#define ADD(object) memory_add((unsigned long long)&(object), &(object), sizeof(object))

void kernel_poll_reset(void)
{
	__builtin_memset(socks, 0, sizeof(socks));
	__builtin_memset(slots, 0, sizeof(slots));
	__builtin_memset(items, 0, sizeof(items));
	__builtin_memset(&set, 0, sizeof(set));
	set.rdllist.next = set.rdllist.prev = &set.rdllist;
	table.max_fds = KERNEL_FDS;
	table.fd = slots;
	ADD(socket_sb);
	ADD(socket_inode);
	ADD(files);
	ADD(slots);
	ADD(sockets);
	ADD(socks);
	ADD(table);
	ADD(files_struct);
	ADD(items);
	ADD(set);
}

unsigned long long kernel_poll_files(void)
{
	return (unsigned long long)&files_struct;
}

unsigned long long kernel_poll_set(void)
{
	return (unsigned long long)&set;
}

void kernel_poll_socket(int fd, const struct kernel_socket *socket)
{
	struct sock *sk = (struct sock *)&socks[fd];

	slots[fd] = &files[fd];
	files[fd].f_inode = &socket_inode;
	files[fd].private_data = &sockets[fd];
	sockets[fd].type = socket->datagram ? TYPE_DATAGRAM : TYPE_STREAM;
	sockets[fd].sk = sk;
	sk->__sk_common.skc_family = FAMILY_INET;
	sk->__sk_common.skc_state = socket->state;
	sk->__sk_common.skc_dport = bpf_htons(socket->peer_port);
	socks[fd].packets_out = socket->unacknowledged;
	socks[fd].bytes_received = socket->answered;
	socks[fd].lsndtime = socket->sent;
	socks[fd].inet_conn.icsk_ack.lrcvtime = socket->received;
}

/* Members form a complete binary tree in the order of their places, as its first levels do. */
void kernel_poll_member(int place, int fd, bool ready)
{
	struct epitem *item = &items[place];
	struct rb_node *parent = &items[place ? (place - 1) / 2 : 0].rbn;

	item->ffd.file = slots[fd];
	if (!place)
		set.rbr.rb_root.rb_node = &item->rbn;
	else if (place % 2)
		parent->rb_left = &item->rbn;
	else
		parent->rb_right = &item->rbn;
	if (!ready)
		return;
	item->rdllink.next = set.rdllist.next;
	set.rdllist.next = &item->rdllink;
}

void kernel_poll_listeners(void *row)
{
	memory_map(&listener_ports, row);
}
