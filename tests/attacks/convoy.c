// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads at one mutex, of which a report names the place: the program whose file a test makes
 * hostile. With a second argument, that is the name of all of its threads.
 * Truth: three threads wait at `attack_lock` two thirds of the time.
 */
#include "attack.h"

int main(int argc, char **argv)
{
	workload_begin(argc, argv);
	become_nobody();
	if (argc > 2)
		prctl(PR_SET_NAME, argv[2]);
	convoy_start(NULL);
	ready();
	sleep_to_end();
}
