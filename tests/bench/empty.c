// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * empty sched|syscalls: attaches the empty programs of that depth, says "ready", and stays until
 * its input ends.
 */
#include <stdio.h>
#include <string.h>

#include "empty.skel.h"

int main(int argc, char **argv)
{
	struct empty_bpf *skel = empty_bpf__open();

	if (argc != 2 || !skel)
		return 2;
	if (!strcmp(argv[1], "sched")) {
		bpf_program__set_autoload(skel->progs.empty_sys_enter, false);
		bpf_program__set_autoload(skel->progs.empty_sys_exit, false);
	}
	if (empty_bpf__load(skel) || empty_bpf__attach(skel)) {
		perror("empty");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF)
		;
	empty_bpf__destroy(skel);
	return 0;
}
