// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Computes without end; a test stops it with SIGSTOP and lets it go on with SIGCONT. Truth: the
 * test knows when it did.
 */
#include "workload.h"

int main(int argc, char **argv)
{
	workload_begin(argc, argv);
	ready();
	while (running())
		spin_ns(10 * MS);
	return 0;
}
