// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asks a server that takes 20 ms and waits for the answer in epoll, or in what argv[2] names: poll,
 * select. Beside the connection it watches a quiet pipe. Truth by construction: poll_io. "one" polls
 * the connection alone, as a read with a timeout does: network.
 */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "workload.h"

static int connection, quiet[2], set;

static void wait_epoll(void)
{
	struct epoll_event event;

	epoll_wait(set, &event, 1, -1);
}

static void wait_poll(void)
{
	struct pollfd both[2] = { { .fd = quiet[0], .events = POLLIN },
				  { .fd = connection, .events = POLLIN } };

	poll(both, 2, -1);
}

static void wait_one(void)
{
	struct pollfd one = { .fd = connection, .events = POLLIN };

	poll(&one, 1, 5000);
}

static void wait_select(void)
{
	fd_set both;

	FD_ZERO(&both);
	FD_SET(quiet[0], &both);
	FD_SET(connection, &both);
	select((quiet[0] > connection ? quiet[0] : connection) + 1, &both, NULL, NULL, NULL);
}

int main(int argc, char **argv)
{
	const char *how = argc > 2 ? argv[2] : "epoll";
	void (*wait_how)(void) = wait_epoll;
	struct epoll_event event = { .events = EPOLLIN };
	uint64_t *wait, from;
	char byte = 'q';

	workload_begin(argc, argv);
	wait = truth("wait");
	connection = become_client();
	set = epoll_create1(EPOLL_CLOEXEC);
	if (pipe2(quiet, O_CLOEXEC) || epoll_ctl(set, EPOLL_CTL_ADD, quiet[0], &event) ||
	    epoll_ctl(set, EPOLL_CTL_ADD, connection, &event))
		die("pipe, epoll");
	if (!strcmp(how, "poll"))
		wait_how = wait_poll;
	if (!strcmp(how, "one"))
		wait_how = wait_one;
	if (!strcmp(how, "select"))
		wait_how = wait_select;
	ready();
	while (running()) {
		if (write(connection, &byte, 1) != 1)
			die("write");
		from = now_ns();
		wait_how();
		truth_add(wait, now_ns() - from);
		if (read(connection, &byte, 1) != 1)
			die("read");
	}
	truths_print();
	return 0;
}
