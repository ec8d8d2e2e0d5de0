// SPDX-License-Identifier: GPL-2.0-or-later
/* Two processes accept, and sleep 0.6 s in each request, while connections wait. Advised: sixteen do. */
#include "lib/prefork.h"

#define PORT 23120

static uint64_t *done;

static __attribute__((noinline)) void wait_in_request(void)
{
	sleep_ns(600 * MS);
	truth_add(done, 1);
}

static void answer(int fd)
{
	char text[64];

	if (read(fd, text, sizeof(text)) > 0)
		wait_in_request();
}

int main(int argc, char **argv)
{
	int workers = corpus_begin(argc, argv) ? 16 : 2;

	done = truth("done");
	prefork_serve(PORT, workers, answer);
}
