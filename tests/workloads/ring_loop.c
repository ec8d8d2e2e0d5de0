// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An event loop on an io_uring: ring_loop SECONDS [one]. It keeps a poll of an eventfd and a timeout
 * of 10 ms in flight, and each tenth turn computes for 30 ms. one: it is none; it submits one
 * timeout, waits for exactly that, computes 30 ms, again and again.
 */
#include "workload.h"

#include <linux/io_uring.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

#define ENTRIES 8

struct ring {
	int fd;
	unsigned int *tail, *mask, *array, *done_head, *done_tail, *done_mask;
	struct io_uring_sqe *entries;
	struct io_uring_cqe *results;
};

static void make(struct ring *ring)
{
	struct io_uring_params p = { 0 };
	char *sq, *cq;

	ring->fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &p);
	if (ring->fd < 0)
		skip("this kernel gives no io_uring");
	sq = mmap(NULL, p.sq_off.array + p.sq_entries * sizeof(unsigned int),
		  PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQ_RING);
	cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe),
		  PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_CQ_RING);
	ring->entries = mmap(NULL, p.sq_entries * sizeof(struct io_uring_sqe),
			     PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || ring->entries == MAP_FAILED)
		die("rings");
	ring->tail = (unsigned int *)(sq + p.sq_off.tail);
	ring->mask = (unsigned int *)(sq + p.sq_off.ring_mask);
	ring->array = (unsigned int *)(sq + p.sq_off.array);
	ring->done_head = (unsigned int *)(cq + p.cq_off.head);
	ring->done_tail = (unsigned int *)(cq + p.cq_off.tail);
	ring->done_mask = (unsigned int *)(cq + p.cq_off.ring_mask);
	ring->results = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
}

static struct io_uring_sqe *next_entry(struct ring *ring)
{
	unsigned int at = *ring->tail & *ring->mask;

	memset(&ring->entries[at], 0, sizeof(*ring->entries));
	ring->array[at] = at;
	__atomic_store_n(ring->tail, *ring->tail + 1, __ATOMIC_RELEASE);
	return &ring->entries[at];
}

static void add_timeout(struct ring *ring, const struct __kernel_timespec *after)
{
	struct io_uring_sqe *entry = next_entry(ring);

	entry->opcode = IORING_OP_TIMEOUT;
	entry->fd = -1;
	entry->addr = (uintptr_t)after;
	entry->len = 1;
	entry->user_data = 1;
}

static void add_poll(struct ring *ring, int fd)
{
	struct io_uring_sqe *entry = next_entry(ring);

	entry->opcode = IORING_OP_POLL_ADD;
	entry->fd = fd;
	entry->poll32_events = POLLIN;
	entry->user_data = 2;
}

int main(int argc, char **argv)
{
	static const struct __kernel_timespec after = { 0, 10000000 };
	bool one = argc > 2 && !strcmp(argv[2], "one");
	int wake = eventfd(0, EFD_CLOEXEC), turn;
	unsigned int submit = 1;
	struct ring ring;

	workload_begin(argc, argv);
	make(&ring);
	if (!one) {
		add_poll(&ring, wake);
		submit = 2;
	}
	add_timeout(&ring, &after);
	ready();
	for (turn = 1; running(); turn++) {
		if (syscall(SYS_io_uring_enter, ring.fd, submit, 1, IORING_ENTER_GETEVENTS, NULL,
			    0) < 0 &&
		    errno != EINTR && errno != ETIME)
			die("io_uring_enter");
		submit = 0;
		while (*ring.done_head != __atomic_load_n(ring.done_tail, __ATOMIC_ACQUIRE)) {
			if (ring.results[*ring.done_head & *ring.done_mask].user_data == 1) {
				add_timeout(&ring, &after);
				submit++;
			}
			__atomic_store_n(ring.done_head, *ring.done_head + 1, __ATOMIC_RELEASE);
		}
		if (one || turn % 10 == 0)
			spin_ns(30 * MS);
		/* a second submission in another call, as loops do when they are not at rest */
		if (!one && submit &&
		    syscall(SYS_io_uring_enter, ring.fd, submit, 0, 0, NULL, 0) == (long)submit)
			submit = 0;
	}
	return 0;
}
