// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/locks, see proc(5): a line for each lock, and below it one with "->" for each process that waits for it.
 * Processes outside of the PID namespace are 0, open file descriptions -1: these are not named.
 */
#include "collect/procfs/file_locks.h"

#include <stdio.h>
#include <string.h>

#define LINES_MOST 10000

pid_t file_locks_holder(pid_t pid)
{
	FILE *file = fopen("/proc/locks", "re");
	int holder = 0, number, found = 0, lines;
	char line[256], *arrow;

	for (lines = 0; file && !found && lines < LINES_MOST && fgets(line, sizeof(line), file);
	     lines++) {
		arrow = strstr(line, "->");
		/* kind, mode, access, process */
		if (sscanf(arrow ? arrow + 2 : line + strcspn(line, ":") + 1, " %*s %*s %*s %d",
			   &number) != 1)
			continue;
		if (!arrow)
			holder = number;
		else if (number == pid && holder > 0 && holder != pid)
			found = holder;
	}
	if (file)
		fclose(file);
	return found;
}
