// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes that are stuck by each other, by construction; argv[2] names how: reads (each reads what only the
 * other could write), parent (a child reads what only its parent could write, which waits for the child's
 * end), record (one has a record lock, and pauses), oneshot (a request lies unread on a connection whose
 * event was asked for once, and has come), or nothing pending: life (a child reads a pipe whose end will
 * tell that its parent is gone; the parent pauses).
 */
#include <fcntl.h>
#include <sys/epoll.h>

#include "workload.h"

static __attribute__((noinline)) void read_pipe(int fd)
{
	char byte;

	if (read(fd, &byte, 1) < 0)
		die("read");
}

static __attribute__((noinline)) void lock_record(int fd)
{
	struct flock whole = { .l_type = F_WRLCK };

	if (fcntl(fd, F_SETLKW, &whole))
		die("fcntl");
}

/* Each keeps its own ends alone. */
static void reads(bool waits_for_child)
{
	int down[2], up[2];
	pid_t child;

	if (pipe(down) || pipe(up))
		die("pipe");
	child = fork_child();
	if (!child) {
		close(down[1]);
		close(up[0]);
		read_pipe(down[0]);
		_exit(0);
	}
	close(down[0]);
	close(up[1]);
	ready();
	if (waits_for_child)
		waitpid(child, NULL, 0);
	else
		read_pipe(up[0]);
}

static void record(void)
{
	char name[] = "/tmp/boundby-record-XXXXXX";
	int fd = mkstemp(name), held[2];

	if (fd < 0 || unlink(name) || pipe(held))
		die("file or pipe");
	if (!fork_child()) {
		lock_record(fd);
		if (write(held[1], "x", 1) != 1)
			die("write");
		pause();
		_exit(0);
	}
	read_pipe(held[0]);
	ready();
	lock_record(fd);
}

static void ask_once(void *address)
{
	int fd = dial(SOCK_STREAM, address);

	if (write(fd, "request", 7) != 7)
		die("write");
}

static __attribute__((noinline)) void wait_for_event(int set)
{
	struct epoll_event event;

	epoll_wait(set, &event, 1, -1);
}

static void oneshot(void)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT };
	struct sockaddr_in address;
	int listener = serve(SOCK_STREAM, &address), set, fd;

	become_target(ask_once, &address);
	set = epoll_create1(EPOLL_CLOEXEC);
	fd = accept(listener, NULL, NULL);
	if (set < 0 || fd < 0 || epoll_ctl(set, EPOLL_CTL_ADD, fd, &event))
		die("epoll");
	wait_for_event(set); /* the event has come, and nothing is read */
	ready();
	wait_for_event(set);
}

static void life(void)
{
	int ends[2];

	if (pipe(ends))
		die("pipe");
	if (!fork_child()) {
		close(ends[1]);
		read_pipe(ends[0]);
		_exit(0);
	}
	ready();
	pause();
}

int main(int argc, char **argv)
{
	const char *how = argc > 2 ? argv[2] : "reads";

	workload_begin(argc, argv);
	if (!strcmp(how, "record"))
		record();
	else if (!strcmp(how, "oneshot"))
		oneshot();
	else if (!strcmp(how, "life"))
		life();
	else
		reads(!strcmp(how, "parent"));
	return 0;
}
