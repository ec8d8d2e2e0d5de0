// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of the poll look of bpf/waits/blocked_object.bpf.c on kernel objects made by hand: when a wait at a
 * set of fds is for the reply to a request of the program (poll_io), and when for work (poll_idle).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <string.h>

#include "states.h"
#include "kernel.h"

#define ESTABLISHED 1
#define SYN_SENT 2
#define LISTEN 10
#define USER 0x7f0000001000ULL

static const struct kernel_socket listening = { .state = LISTEN };
static const struct kernel_socket idle = { ESTABLISHED, false, 5432, 0, 100, 200, false };
static const struct kernel_socket same_tick = { ESTABLISHED, false, 5432, 0, 200, 200, false };
static const struct kernel_socket asked = { ESTABLISHED, false, 5432, 0, 300, 200, false };
static const struct kernel_socket unacknowledged = { ESTABLISHED, false, 5432, 2, 100, 200, false };
static const struct kernel_socket connecting = { .state = SYN_SENT, .peer_port = 443 };
static const struct kernel_socket datagram = { ESTABLISHED, true, 53, 0, 0, 0, false };

static int setup(void **state)
{
	memory_reset();
	kernel_poll_reset();
	kernel_poll_listeners(NULL);
	return 0;
}

static unsigned int poll_of(const struct pollfd *fds, size_t count, struct wait_site *site)
{
	memset(site, 0, sizeof(*site));
	memory_add(USER, fds, count * sizeof(*fds));
	return poll_array(kernel_poll_files(), USER, count, site);
}

static void test_poll_of_two(void **state)
{
	static const struct {
		const struct kernel_socket *socket;
		unsigned int state;
	} rows[] = { { &idle, STATE_POLL_IDLE },     { &same_tick, STATE_POLL_IDLE },
		     { &asked, STATE_POLL_IO },	     { &unacknowledged, STATE_POLL_IO },
		     { &connecting, STATE_POLL_IO }, { &datagram, STATE_POLL_IDLE },
		     { &listening, STATE_POLL_IDLE } };
	const struct pollfd fds[] = { { .fd = 3 }, { .fd = 4 } };
	struct wait_site site;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		setup(state);
		kernel_poll_socket(3, &listening);
		kernel_poll_socket(4, rows[i].socket);
		assert_int_equal(poll_of(fds, 2, &site), rows[i].state);
		assert_int_equal(site.peer_port,
				 rows[i].state == STATE_POLL_IO ? rows[i].socket->peer_port : 0);
	}
}

/* A connection that a listener accepted is a client: waiting for it is waiting for work. */
static void test_accepted(void **state)
{
	const struct pollfd fds[] = { { .fd = 3 }, { .fd = 4 } };
	struct wait_site site;
	int row;

	kernel_poll_socket(3, &asked);
	kernel_poll_socket(4, &asked);
	assert_int_equal(poll_of(fds, 2, &site), STATE_POLL_IO);
	kernel_poll_listeners(&row);
	assert_int_equal(poll_of(fds, 2, &site), STATE_POLL_IDLE);
}

/* A set of one is a timed read of it, whatever was sent before. */
static void test_poll_of_one(void **state)
{
	const struct pollfd one = { .fd = 3 }, closed = { .fd = 9 }, none = { .fd = -1 };
	struct wait_site site;

	kernel_poll_socket(3, &idle);
	assert_int_equal(poll_of(&one, 1, &site), STATE_NETWORK);
	assert_int_equal(site.object, OBJECT_TCP_CONNECTED);
	setup(state);
	kernel_poll_socket(3, &datagram);
	assert_int_equal(poll_of(&one, 1, &site), STATE_NETWORK);
	setup(state);
	kernel_poll_socket(3, &listening);
	assert_int_equal(poll_of(&one, 1, &site), STATE_POLL_IDLE);
	setup(state);
	assert_int_equal(poll_of(&closed, 1, &site), STATE_POLL_IDLE);
	setup(state);
	assert_int_equal(poll_of(&none, 1, &site), STATE_POLL_IDLE);
	setup(state);
	memset(&site, 0, sizeof(site));
	assert_int_equal(poll_array(kernel_poll_files(), USER, 1, &site), STATE_POLL_IDLE);
}

/* Jiffies of 4 ms: an answer is owed for a minute, a first one for 2 s. */
static void test_owed_for_long(void **state)
{
	const struct pollfd fds[] = { { .fd = 3 }, { .fd = 4 } };
	struct kernel_socket socket = asked;
	struct wait_site site;

	kernel_poll_socket(3, &listening);
	kernel_poll_socket(4, &socket);
	memory_jiffies = asked.sent + 499;
	assert_int_equal(poll_of(fds, 2, &site), STATE_POLL_IO);
	memory_jiffies = asked.sent + 500;
	assert_int_equal(poll_of(fds, 2, &site), STATE_POLL_IDLE);
	socket.answered = true;
	kernel_poll_socket(4, &socket);
	assert_int_equal(poll_of(fds, 2, &site), STATE_POLL_IO);
	memory_jiffies = asked.sent + 15000;
	assert_int_equal(poll_of(fds, 2, &site), STATE_POLL_IDLE);
}

static void test_select(void **state)
{
	struct wait_site site = { 0 };
	uint64_t bits = 1ULL << 3 | 1ULL << 40;

	memory_add(USER, &bits, sizeof(bits));
	kernel_poll_socket(3, &listening);
	kernel_poll_socket(40, &asked);
	assert_int_equal(poll_bits(kernel_poll_files(), 41, USER, &site), STATE_POLL_IO);
	/* nfds ends before it */
	assert_int_equal(poll_bits(kernel_poll_files(), 40, USER, &site), STATE_POLL_IDLE);
	bits = 1ULL << 40;
	kernel_poll_socket(40, &idle);
	assert_int_equal(poll_bits(kernel_poll_files(), 64, USER, &site), STATE_NETWORK);
	assert_int_equal(poll_bits(kernel_poll_files(), 64, 0, &site), STATE_POLL_IDLE);
}

/* Each place of the set: the first levels of the tree, and no more, are looked at. */
static void test_epoll_pending(void **state)
{
	struct wait_site site;
	int place, i;

	for (place = 0; place < 20; place++) {
		setup(state);
		for (i = 0; i < 20; i++) {
			kernel_poll_socket(3 + i, i == place ? &asked : &idle);
			kernel_poll_member(i, 3 + i, false);
		}
		memset(&site, 0, sizeof(site));
		assert_int_equal(poll_look(kernel_poll_set(), &site), place < 16);
	}
}

/* A ready connection of the program's own ended the wait, also when its reply is complete. */
static void test_epoll_ready(void **state)
{
	struct wait_site site = { 0 };
	int row;

	kernel_poll_socket(3, &listening);
	kernel_poll_socket(4, &idle);
	kernel_poll_member(0, 3, false);
	kernel_poll_member(1, 4, false);
	assert_int_equal(poll_look(kernel_poll_set(), &site), 0);
	kernel_poll_member(1, 4, true);
	assert_int_equal(poll_look(kernel_poll_set(), &site), 1);
	assert_int_equal(site.peer_port, 5432);
	kernel_poll_listeners(&row);
	assert_int_equal(poll_look(kernel_poll_set(), &site), 0);
}

static void test_epoll_of_nothing(void **state)
{
	struct wait_site site = { 0 };

	assert_int_equal(poll_look(kernel_poll_set(), &site), 0);
	memory_reset(); /* freed during the wait: nothing can be read */
	assert_int_equal(poll_look(kernel_poll_set(), &site), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_poll_of_two, setup),
		cmocka_unit_test_setup(test_accepted, setup),
		cmocka_unit_test_setup(test_poll_of_one, setup),
		cmocka_unit_test_setup(test_owed_for_long, setup),
		cmocka_unit_test_setup(test_select, setup),
		cmocka_unit_test_setup(test_epoll_pending, setup),
		cmocka_unit_test_setup(test_epoll_ready, setup),
		cmocka_unit_test_setup(test_epoll_of_nothing, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
