// SPDX-License-Identifier: GPL-2.0-or-later
/* File system types by device number, each looked up once. */
#include "collect/procfs/file_systems.h"

#include <stdlib.h>
#include <string.h>

#include "collect/reader/asks.h"
#include "lib/vec.h"

#define DEVICES_MAX 256 /* kept; those of more are not named */
#define KEPT_NS 600000000000ULL /* so long a type is believed */

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
	ask_file_system(systems->helper, pid, device, system->type, sizeof(system->type));
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
