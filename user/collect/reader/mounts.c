// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the type of a device's file system in the mountinfo of a process. */
#include "collect/reader/mounts.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "collect/reader/files.h"

/* Fields before " - " vary in number; the type is the first behind it. proc_pid_mountinfo(5) */
void mounts_type(uint32_t pid, uint32_t device, char *ret, size_t size)
{
	char path[64], line[PATH_MAX * 2], type[16];
	unsigned int major, minor;
	const char *behind;
	FILE *table;

	ret[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%u/mountinfo", pid);
	table = files_open_proc(path);
	while (table && fgets(line, sizeof(line), table)) {
		behind = strstr(line, " - ");
		if (!behind || sscanf(line, "%*d %*d %u:%u", &major, &minor) != 2 ||
		    (major << 20 | minor) != device || sscanf(behind, " - %15s", type) != 1)
			continue;
		snprintf(ret, size, "%s", type);
		break;
	}
	if (table)
		fclose(table);
}
