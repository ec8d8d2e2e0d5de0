// SPDX-License-Identifier: GPL-2.0-or-later
/* A client of a server that starts later: connects to PORT, says a word and leaves, again and again. */
#include "corpus.h"

int main(int argc, char **argv)
{
	struct sockaddr_in address = loopback((uint16_t)(argc > 1 ? atoi(argv[1]) : 0));
	int fd;

	for (;;) {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (!connect(fd, (struct sockaddr *)&address, sizeof(address)) &&
		    write(fd, "hello\n", 6) != 6)
			die("write");
		close(fd);
		sleep_ns(10 * MS);
	}
}
