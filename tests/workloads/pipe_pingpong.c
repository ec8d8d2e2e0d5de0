// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two threads pass a byte to and fro through two pipes; argv[2] "pin" puts both on one CPU. Truth
 * by construction: every wait is ipc; "reads" counts what both threads have read.
 */
#include "workload.h"

static int there[2], back[2];
static uint64_t *reads;

static void pass(int in, int out)
{
	char byte;

	while (read(in, &byte, 1) == 1) {
		truth_add(reads, 1);
		if (write(out, &byte, 1) != 1)
			die("write");
	}
}

static void *other(void *arg)
{
	pass(there[0], back[1]);
	return arg;
}

int main(int argc, char **argv)
{
	workload_begin(argc, argv);
	reads = truth("reads");
	if (pipe2(there, O_CLOEXEC) || pipe2(back, O_CLOEXEC))
		die("pipe");
	if (argc > 2 && !strcmp(argv[2], "pin"))
		pin(last_cpu());
	start_thread(other, NULL);
	ready();
	if (write(there[1], "b", 1) != 1)
		die("write");
	pass(back[0], there[1]);
	return 0;
}
