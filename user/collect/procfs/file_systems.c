// SPDX-License-Identifier: GPL-2.0-or-later
/* File system types by device number, each looked up once in /proc/PID/mountinfo. */
#include "collect/procfs/file_systems.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"

#define DEVICES_MAX 256 /* kept; those of more are not named */
#define KEPT_NS 600000000000ULL /* so long a type is believed */

/* Fields before " - " vary in number; the type is the first behind it. proc_pid_mountinfo(5) */
static void look(uint32_t device, uint32_t pid, char *ret, size_t size)
{
	char path[64], line[PATH_MAX * 2], type[16];
	unsigned int major, minor;
	const char *behind;
	FILE *table;

	snprintf(path, sizeof(path), "/proc/%u/mountinfo", pid);
	table = fopen(path, "re");
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

const char *file_systems_type(struct file_systems *systems, uint32_t device, uint32_t pid)
{
	struct file_system *system;
	size_t i;

	for (i = 0; i < systems->count; i++)
		if (systems->known[i].device == device)
			return systems->known[i].type;
	if (systems->count == DEVICES_MAX ||
	    vec_reserve((void **)&systems->known, &systems->capacity, systems->count,
			sizeof(*system)))
		return "";
	system = &systems->known[systems->count++];
	memset(system, 0, sizeof(*system));
	system->device = device;
	look(device, pid, system->type, sizeof(system->type));
	return system->type;
}

void file_systems_renew(struct file_systems *systems, uint64_t now)
{
	if (now - systems->since_ns < KEPT_NS)
		return;
	systems->since_ns = now;
	systems->count = 0;
}

void file_systems_free(struct file_systems *systems)
{
	free(systems->known);
	memset(systems, 0, sizeof(*systems));
}
