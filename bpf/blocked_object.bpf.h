/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a descriptor is. Receives a task and a descriptor number; hands on the kind of object, its
 * peer and device. Everything is read from the file table; no names, no contents.
 */
#ifndef BOUNDBY_BLOCKED_OBJECT_BPF_H
#define BOUNDBY_BLOCKED_OBJECT_BPF_H

#include "core_compat.bpf.h"
#include "maps.bpf.h"

/* include/uapi/linux/magic.h and file-system headers */
#define MAGIC_SOCKET 0x534F434B
#define MAGIC_PIPE 0x50495045
#define MAGIC_ANON 0x09041934
#define MAGIC_PIDFD 0x50494446
#define MAGIC_PROC 0x9fa0
#define MAGIC_SYS 0x62656572
#define MAGIC_TRACE 0x74726163
#define MAGIC_DEBUG 0x64626720
#define MAGIC_CGROUP1 0x27e0eb
#define MAGIC_CGROUP2 0x63677270
#define MAGIC_MQUEUE 0x19800202

#define MODE_TYPE 0170000
#define MODE_FIFO 0010000
#define MODE_CHAR 0020000
#define MODE_DIR 0040000
#define MODE_BLOCK 0060000
#define MODE_FILE 0100000
#define MODE_SOCKET 0140000

#define FAMILY_UNIX 1
#define FAMILY_INET 2
#define FAMILY_INET6 10
#define TYPE_STREAM 1
#define TYPE_DATAGRAM 2
#define SOCKET_ESTABLISHED 1
#define SOCKET_SYN_SENT 2
#define SOCKET_LISTEN 10
#define PORT_BOUND 8 /* SOCK_BINDPORT_LOCK: bound to a port of its choice */

/* The open file behind a descriptor, NULL when there is none. The table may be growing. */
static __always_inline struct file *blocked_file(struct task_struct *task, __u32 fd)
{
	struct files_struct *files = task->files;
	struct file **slots, *file = NULL;
	struct fdtable *table;

	if (!files)
		return NULL;
	table = files->fdt;
	if (!table || fd >= table->max_fds)
		return NULL;
	slots = table->fd;
	bpf_probe_read_kernel(&file, sizeof(file), slots + fd);
	return file;
}

/* Socket of a file that is known to be one. */
static __always_inline struct sock *blocked_sock(struct file *file, __u16 *type)
{
	struct socket *socket = BPF_CORE_READ(file, private_data);

	*type = BPF_CORE_READ(socket, type);
	return BPF_CORE_READ(socket, sk);
}

/* Is the port, in the socket's network namespace, a listener's? */
static __always_inline bool blocked_is_listeners(struct sock *sk, __u16 port)
{
	struct listener_key key = {
		.netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum),
		.port = port,
	};

	return bpf_map_lookup_elem(&listener_ports, &key);
}

static __always_inline void blocked_peer(struct sock *sk, __u16 family, struct wait_site *site)
{
	site->family = family;
	site->peer_port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	if (family == FAMILY_INET)
		bpf_core_read(site->peer_addr, 4, &sk->__sk_common.skc_daddr);
	else
		bpf_core_read(site->peer_addr, 16, &sk->__sk_common.skc_v6_daddr);
}

/*
 * A TCP socket is accepted if its local end is a listener's. A datagram socket serves if it chose
 * its port and has no peer. The peer is kept only for what the program connected: the clients of
 * a server are without number.
 */
static __always_inline __u32 blocked_inet(struct sock *sk, __u16 type, __u16 family,
					  struct wait_site *site)
{
	__u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);

	if (type == TYPE_STREAM) {
		if (state == SOCKET_LISTEN)
			return OBJECT_TCP_LISTENING;
		if (blocked_is_listeners(sk, BPF_CORE_READ(sk, __sk_common.skc_num)))
			return OBJECT_TCP_ACCEPTED;
		blocked_peer(sk, family, site);
		return OBJECT_TCP_CONNECTED;
	}
	if (type != TYPE_DATAGRAM)
		return OBJECT_INET_OTHER;
	if (state == SOCKET_ESTABLISHED) {
		blocked_peer(sk, family, site);
		return OBJECT_UDP;
	}
	if (BPF_CORE_READ_BITFIELD_PROBED(sk, sk_userlocks) & PORT_BOUND)
		return OBJECT_UDP_SERVER;
	return OBJECT_UDP;
}

/* A unix stream socket that carries a name and has a peer was made by accept. */
static __always_inline __u32 blocked_unix(struct sock *sk, __u16 type)
{
	__u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);

	if (state == SOCKET_LISTEN)
		return OBJECT_UNIX_LISTENING;
	if (type != TYPE_DATAGRAM && state == SOCKET_ESTABLISHED &&
	    BPF_CORE_READ((struct unix_sock *)sk, addr))
		return OBJECT_UNIX_ACCEPTED;
	return OBJECT_UNIX;
}

static __always_inline __u32 blocked_socket(struct file *file, struct wait_site *site)
{
	__u16 type, family;
	struct sock *sk = blocked_sock(file, &type);

	if (!sk)
		return OBJECT_SOCKET_OTHER;
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if (family == FAMILY_INET || family == FAMILY_INET6)
		return blocked_inet(sk, type, family, site);
	if (family == FAMILY_UNIX)
		return blocked_unix(sk, type);
	return OBJECT_SOCKET_OTHER;
}

/* Anonymous inodes carry their kind in the name, "[eventfd]" and so on. */
static __always_inline __u32 blocked_anonymous(struct file *file)
{
	const unsigned char *name = BPF_CORE_READ(file, f_path.dentry, d_name.name);
	char text[8] = {};

	bpf_probe_read_kernel(text, sizeof(text), name);
	if (text[0] == 'i' && text[1] == 'n' && text[2] == 'o')
		return OBJECT_INOTIFY;
	switch (text[1]) {
	case 'e':
		if (text[5] == 't') /* [eventfd], [eventpoll] differ in the 7th letter */
			return text[6] == 'f' ? OBJECT_EVENTFD : OBJECT_EPOLL;
		break;
	case 't':
		return text[2] == 'i' ? OBJECT_TIMERFD : OBJECT_ANON_OTHER;
	case 's':
		return text[2] == 'i' ? OBJECT_SIGNALFD : OBJECT_ANON_OTHER;
	case 'i':
		return text[2] == 'o' && text[3] == '_' ? OBJECT_IO_URING : OBJECT_ANON_OTHER;
	case 'p':
		return text[2] == 'i' && text[3] == 'd' ? OBJECT_PIDFD : OBJECT_ANON_OTHER;
	}
	return OBJECT_ANON_OTHER;
}

/* Major numbers of terminals: consoles and serial lines 4, /dev/tty 5, pseudo terminals 128-143. */
static __always_inline __u32 blocked_char_device(struct inode *inode)
{
	__u32 major = BPF_CORE_READ(inode, i_rdev) >> 20;

	if (major == 4 || major == 5 || (major >= 128 && major <= 143))
		return OBJECT_TERMINAL;
	return OBJECT_CHAR_DEVICE;
}

/*
 * The kind of a file. Superblock first, then mode: newer kernels may give an anonymous inode the
 * mode of a regular file.
 */
static __always_inline __u32 blocked_object(struct file *file, struct wait_site *site)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct super_block *sb = BPF_CORE_READ(inode, i_sb);

	switch ((__u32)BPF_CORE_READ(sb, s_magic)) {
	case MAGIC_SOCKET:
		return blocked_socket(file, site);
	case MAGIC_PIPE:
		return OBJECT_PIPE;
	case MAGIC_ANON:
		return blocked_anonymous(file);
	case MAGIC_PIDFD:
		return OBJECT_PIDFD;
	case MAGIC_MQUEUE:
		return OBJECT_MESSAGE_QUEUE;
	case MAGIC_PROC:
	case MAGIC_SYS:
	case MAGIC_TRACE:
	case MAGIC_DEBUG:
	case MAGIC_CGROUP1:
	case MAGIC_CGROUP2:
		return OBJECT_PSEUDO_FILE;
	}
	switch (BPF_CORE_READ(inode, i_mode) & MODE_TYPE) {
	case MODE_FIFO:
		return OBJECT_PIPE;
	case MODE_CHAR:
		return blocked_char_device(inode);
	case MODE_BLOCK:
		site->device = BPF_CORE_READ(inode, i_rdev);
		return OBJECT_BLOCK_DEVICE;
	case MODE_FILE:
	case MODE_DIR:
		site->device = BPF_CORE_READ(sb, s_dev);
		return OBJECT_FILE;
	}
	return OBJECT_NONE;
}

/*
 * Does this connected socket owe the program an answer? It does while data it sent is not yet
 * acknowledged, or when it last sent after it last received (lsndtime and lrcvtime, in jiffies:
 * a request sent in the tick of the previous answer shows by its missing acknowledgement).
 */
static __always_inline bool blocked_in_flight(struct sock *sk)
{
	struct tcp_sock *tcp = (struct tcp_sock *)sk;

	if (BPF_CORE_READ(sk, __sk_common.skc_state) == SOCKET_SYN_SENT)
		return true;
	if (BPF_CORE_READ(tcp, packets_out))
		return true;
	return (__s32)(BPF_CORE_READ(tcp, lsndtime) -
		       BPF_CORE_READ(tcp, inet_conn.icsk_ack.lrcvtime)) > 0;
}

/* TCP that the program connected; fills the socket. */
static __always_inline bool blocked_is_outbound(struct file *file, struct sock **ret)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	__u16 type, family;
	struct sock *sk;
	__u8 state;

	if (BPF_CORE_READ(inode, i_sb, s_magic) != MAGIC_SOCKET)
		return false;
	sk = blocked_sock(file, &type);
	if (!sk || type != TYPE_STREAM)
		return false;
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if (family != FAMILY_INET && family != FAMILY_INET6)
		return false;
	state = BPF_CORE_READ(sk, __sk_common.skc_state);
	if (state == SOCKET_LISTEN ||
	    blocked_is_listeners(sk, BPF_CORE_READ(sk, __sk_common.skc_num)))
		return false;
	*ret = sk;
	return true;
}

#endif
