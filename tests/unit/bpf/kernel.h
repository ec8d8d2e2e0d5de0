/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of BPF logic call: functions of bpf/ compiled for the host, and the state of the
 * kernel that they find. Plain types, as in memory.h.
 */
#ifndef BOUNDBY_UNIT_BPF_KERNEL_H
#define BOUNDBY_UNIT_BPF_KERNEL_H

#include <stdbool.h>

#include "memory.h"
#include "wire.h"

/* bpf/waits/futex.bpf.h */
__u32 futex_look(__u64 word, __u64 operation, __u64 stack, __u32 tgid, struct futex_wait *ret);

/* The locks of the interpreter of every process (borrowed), NULL none. */
void kernel_futex_interpreter(struct interpreter_locks *locks);

/* bpf/places/python.bpf.h */
__u32 python_take(struct python_stack *stack, __u32 tgid);
__u64 python_frame_step(const struct python_layout *layout, __u64 frame, struct python_frame *ret);

/* python_layouts, for memory_map. */
extern struct python_table python_layouts;

/* The current thread: its TID, and pthread_self(), 0 not known. */
void kernel_python_current(unsigned int tid, unsigned long long pointer);

/* bpf/waits/blocked_object.bpf.h */
__u32 poll_array(__u64 files, __u64 user, __u64 count, struct wait_site *site);
__u32 poll_bits(__u64 files, __u64 limit, __u64 user, struct wait_site *site);
__u32 poll_look(__u64 address, struct wait_site *site);

#define KERNEL_FDS 64

struct kernel_socket {
	unsigned char state; /* 1 established, 2 SYN sent, 10 listening */
	bool datagram;
	unsigned short peer_port;
	unsigned int unacknowledged; /* segments */
	unsigned int sent, received; /* when last, jiffies */
	bool answered; /* anything was ever received */
};

/* An open process without fds, and an empty epoll set, in memory. After memory_reset. */
void kernel_poll_reset(void);
unsigned long long kernel_poll_files(void); /* struct files_struct */
unsigned long long kernel_poll_set(void); /* struct eventpoll */
void kernel_poll_socket(int fd, const struct kernel_socket *socket);

/* Member number place, from 0 up, of the set; ready ones are on its ready list. */
void kernel_poll_member(int place, int fd, bool ready);

/* Every local port is a listener's (row: any), or none is (NULL). */
void kernel_poll_listeners(void *row);

#endif
