// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an fd refers to, and what a set of fds waits for: from addresses of kernel objects to kinds,
 * peers, devices, and whether a request of the program is in flight. Reads no file names and no
 * contents; all loops are bounded.
 */
#include "waits/blocked_object.bpf.h"

#include <bpf/bpf_endian.h>

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

#define FAMILY_UNIX 1
#define FAMILY_INET 2
#define FAMILY_INET6 10
#define TYPE_STREAM 1
#define TYPE_DATAGRAM 2
#define SOCKET_ESTABLISHED 1
#define SOCKET_SYN_SENT 2
#define PORT_BOUND 8 /* SOCK_BINDPORT_LOCK: bound to a port of its choice */

__u64 blocked_file(__u64 files, __u32 fd)
{
	struct fdtable *table;
	struct file **slots, *file = NULL;

	if (!files)
		return 0;
	table = BPF_CORE_READ((struct files_struct *)files, fdt);
	if (!table || fd >= BPF_CORE_READ(table, max_fds))
		return 0;
	slots = BPF_CORE_READ(table, fd);
	bpf_probe_read_kernel(&file, sizeof(file), slots + fd);
	return (__u64)file;
}

/* Socket of a file that is known to be one. */
static __always_inline struct sock *blocked_sock(struct file *file, __u16 *type)
{
	struct socket *socket = BPF_CORE_READ(file, private_data);

	*type = BPF_CORE_READ(socket, type);
	return BPF_CORE_READ(socket, sk);
}

/*
 * Was the stream accepted? It is a copy of its listener (sk_clone_lock), with that one's backlog: a
 * socket that connected has none. A listener may have asked for none; then its port tells, in the
 * socket's network namespace, for as long as it listens.
 */
static __always_inline bool blocked_was_accepted(struct sock *sk)
{
	struct listener_key key = {
		.netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum),
		.port = BPF_CORE_READ(sk, __sk_common.skc_num),
	};

	return BPF_CORE_READ(sk, sk_max_ack_backlog) || bpf_map_lookup_elem(&listener_ports, &key);
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
 * A datagram socket serves if it chose its port and has no peer. The peer is kept only for what the program connected: the clients of
 * a server are without number.
 */
static __always_inline __u32 blocked_inet(struct sock *sk, __u16 type, __u16 family,
					  struct wait_site *site)
{
	__u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);

	if (type == TYPE_STREAM) {
		if (state == SOCKET_LISTEN)
			return OBJECT_TCP_LISTENING;
		if (blocked_was_accepted(sk))
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
 * Operations of the files that are waited for most: all pipes have the same, and so do all sockets.
 * Once known, they tell by one read of the kernel's memory what its inode tells by three.
 */
__u64 pipe_operations = 0;
__u64 socket_operations = 0;

/*
 * The kind of a file. Superblock first, then mode: newer kernels may give an anonymous inode the
 * mode of a regular file.
 */
static __always_inline __u32 blocked_inode(struct file *file, __u64 operations,
					   struct wait_site *site)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct super_block *sb = BPF_CORE_READ(inode, i_sb);

	switch ((__u32)BPF_CORE_READ(sb, s_magic)) {
	case MAGIC_SOCKET:
		socket_operations = operations;
		return blocked_socket(file, site);
	case MAGIC_PIPE:
		pipe_operations = operations;
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

__u32 blocked_object(__u64 address, struct wait_site *site)
{
	struct file *file = (struct file *)address;
	__u64 operations = (__u64)BPF_CORE_READ(file, f_op);

	if (!site)
		return OBJECT_NONE;
	if (operations && operations == pipe_operations)
		return OBJECT_PIPE;
	if (operations && operations == socket_operations)
		return blocked_socket(file, site);
	return blocked_inode(file, operations, site);
}

/*
 * Does this connected socket owe the program an answer? It does while data it sent is not yet
 * acknowledged, or when it last sent after it last received (lsndtime and lrcvtime, in jiffies:
 * a request sent in the tick of the previous answer shows by its missing acknowledgement). An answer
 * that has been owed for long is none: what is sent to a log or a statistics server is not answered.
 */
#define OWED_NS 60000000000ULL /* to a program that has had answers on this connection before ... */
#define OWED_FIRST_NS 2000000000ULL /* ... and to one that never had any */

static __always_inline bool blocked_in_flight(struct sock *sk)
{
	struct tcp_sock *tcp = (struct tcp_sock *)sk;
	__u32 sent, age;

	if (BPF_CORE_READ(sk, __sk_common.skc_state) == SOCKET_SYN_SENT)
		return true;
	if (BPF_CORE_READ(tcp, packets_out))
		return true;
	sent = BPF_CORE_READ(tcp, lsndtime);
	if ((__s32)(sent - BPF_CORE_READ(tcp, inet_conn.icsk_ack.lrcvtime)) <= 0)
		return false;
	age = (__u32)bpf_jiffies64() - sent;
	return age * cfg_tick_ns < (BPF_CORE_READ(tcp, bytes_received) ? OWED_NS : OWED_FIRST_NS);
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
	if (state == SOCKET_LISTEN || blocked_was_accepted(sk))
		return false;
	*ret = sk;
	return true;
}

#define POLL_LOOK_MAX 8 /* fds of a poll or select set that are examined */
#define POLL_TREE_MAX 16 /* members of an epoll set that are examined */
#define POLL_READY_MAX 4 /* ready members of an epoll set that are examined */

/* Examines one fd: true when the program waits for a reply on it. Global as well. */
__u32 poll_descriptor_in_flight(__u64 files, __u32 fd, struct wait_site *site)
{
	struct file *file = (struct file *)blocked_file(files, fd);
	struct sock *sk;

	if (!site || !file || !blocked_is_outbound(file, &sk) || !blocked_in_flight(sk))
		return false;
	blocked_peer(sk, BPF_CORE_READ(sk, __sk_common.skc_family), site);
	return true;
}

/*
 * A set of one fd is a timed read of it (a socket with a timeout in CPython, libpq, the resolver): on
 * a connection that the program made, or a datagram socket it queries, it waits for its own request.
 */
static __always_inline __u32 poll_single(__u64 files, __u32 fd, struct wait_site *site)
{
	struct file *file = (struct file *)blocked_file(files, fd);

	if (!file)
		return STATE_POLL_IDLE;
	site->object = blocked_object((__u64)file, site);
	if (site->object == OBJECT_TCP_CONNECTED || site->object == OBJECT_UDP)
		return STATE_NETWORK;
	return STATE_POLL_IDLE;
}

/* poll, ppoll: the set lies in the memory of the thread, which is still the current one. */
__u32 poll_array(__u64 files, __u64 user, __u64 count, struct wait_site *site)
{
	struct poll_fd entry;
	__u32 i;

	if (!site)
		return STATE_POLL_IDLE;
	for (i = 0; i < POLL_LOOK_MAX && i < count; i++) {
		if (bpf_probe_read_user(&entry, sizeof(entry), (void *)user + i * sizeof(entry)))
			break;
		if (entry.fd < 0)
			continue;
		if (count == 1)
			return poll_single(files, entry.fd, site);
		if (poll_descriptor_in_flight(files, entry.fd, site))
			return STATE_POLL_IO;
	}
	return STATE_POLL_IDLE;
}

__u32 poll_listed(__u64 files, const struct wait_resolved *resolved, struct wait_site *site)
{
	__u32 i;

	if (!resolved || !site)
		return STATE_POLL_IDLE;
	if (resolved->set_size == 1 && resolved->count)
		return poll_single(files, resolved->fds[0], site);
	for (i = 0; i < WIRE_LOOK_FDS && i < resolved->count; i++)
		if (poll_descriptor_in_flight(files, resolved->fds[i], site))
			return STATE_POLL_IO;
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
__u32 poll_bits(__u64 files, __u64 limit, __u64 user, struct wait_site *site)
{
	__u64 bits = 0;
	__u32 i;

	if (!site)
		return STATE_POLL_IDLE;
	if (!user || bpf_probe_read_user(&bits, sizeof(bits), (void *)user))
		return STATE_POLL_IDLE;
	if (limit < 64)
		bits &= (1ULL << limit) - 1;
	if (bits && !(bits & (bits - 1)) && limit <= 64)
		return poll_single(files, poll_lowest_bit(bits), site);
	for (i = 0; i < POLL_LOOK_MAX && bits; i++) {
		if (poll_descriptor_in_flight(files, poll_lowest_bit(bits), site))
			return STATE_POLL_IO;
		bits &= bits - 1;
	}
	return STATE_POLL_IDLE;
}

/*
 * A reply that has just arrived, or is still pending, on one member (struct epitem *) of an epoll
 * set. Global, so that the verifier checks it once instead of once per member.
 */
__u32 poll_member(__u64 item, __u32 ready, struct wait_site *site)
{
	struct file *file = BPF_CORE_READ((struct epitem *)item, ffd.file);
	struct sock *sk;

	if (!site || !file || !blocked_is_outbound(file, &sk))
		return false;
	if (!ready && !blocked_in_flight(sk))
		return false;
	blocked_peer(sk, BPF_CORE_READ(sk, __sk_common.skc_family), site);
	return true;
}

/* Nodes of an epoll set's tree, in the order in which they are visited. */
struct poll_queue {
	__u64 node[POLL_TREE_MAX]; /* struct rb_node * */
	__u32 filled;
	__u32 pad;
};

static __always_inline void poll_enqueue(struct poll_queue *queue, struct rb_node *node)
{
	if (!node || queue->filled >= POLL_TREE_MAX)
		return;
	queue->node[compat_index(queue->filled, POLL_TREE_MAX)] = (__u64)node;
	queue->filled++;
}

/* Visits one of them: 1 when it has an answer out. Global: verified once, not for each node. */
__noinline __u32 poll_visit(struct poll_queue *queue, __u32 at, struct wait_site *site)
{
	struct rb_node *node;

	if (!queue || !site || at >= POLL_TREE_MAX)
		return 0;
	node = (struct rb_node *)queue->node[at];
	if (poll_member((__u64)node - bpf_core_field_offset(struct epitem, rbn), false, site))
		return 1;
	poll_enqueue(queue, BPF_CORE_READ(node, rb_left));
	poll_enqueue(queue, BPF_CORE_READ(node, rb_right));
	return 0;
}

/*
 * Examines an epoll set when its wait ends: the event that ended it is on the ready list, what is
 * still pending is in the tree, of which the first levels are visited.
 */
__u32 poll_look(__u64 address, struct wait_site *site)
{
	struct eventpoll *set = (struct eventpoll *)address;
	__u64 head = address + bpf_core_field_offset(struct eventpoll, rdllist);
	__u64 link = (__u64)BPF_CORE_READ(set, rdllist.next);
	struct poll_queue queue = {};
	__u32 i;

	if (!site)
		return 0;
	for (i = 0; i < POLL_READY_MAX && link && link != head; i++) {
		if (poll_member(link - bpf_core_field_offset(struct epitem, rdllink), true, site))
			return true;
		link = (__u64)BPF_CORE_READ((struct list_head *)link, next);
	}
	poll_enqueue(&queue, BPF_CORE_READ(set, rbr.rb_root.rb_node));
	for (i = 0; i < POLL_TREE_MAX && i < queue.filled; i++)
		if (poll_visit(&queue, i, site))
			return true;
	return false;
}
