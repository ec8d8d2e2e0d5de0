// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client of a server that starts later: connects to PORT, says a word and leaves, again and again.
 * With a NUMBER it holds as many connections instead, and says nothing.
 */
#include "corpus.h"

static bool reach(int fd, const struct sockaddr_in *address)
{
	return !connect(fd, (const struct sockaddr *)address, sizeof(*address));
}

static int take_socket(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void hold(const struct sockaddr_in *address, int number)
{
	int fd;

	while (number) {
		fd = take_socket();
		if (reach(fd, address))
			number--;
		else
			close(fd);
		sleep_ns(10 * MS);
	}
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = loopback((uint16_t)(argc > 1 ? atoi(argv[1]) : 0));
	int fd;

	if (argc > 2)
		hold(&address, atoi(argv[2]));
	for (;;) {
		fd = take_socket();
		if (reach(fd, &address) && write(fd, "hello\n", 6) != 6)
			die("write");
		close(fd);
		sleep_ns(10 * MS);
	}
}
