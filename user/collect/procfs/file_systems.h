/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What file system a device number stands for, by the mount tables. Never a path. */
#ifndef BOUNDBY_COLLECT_PROCFS_FILE_SYSTEMS_H
#define BOUNDBY_COLLECT_PROCFS_FILE_SYSTEMS_H

#include <stddef.h>
#include <stdint.h>

#include "collect/reader/reader.h"

/* Zeroed before use, freed by file_systems_free. */
struct file_systems {
	struct file_system {
		uint32_t device; /* major << 20 | minor */
		char type[16]; /* "ext4", "" not known */
	} * known;
	size_t count, capacity;
	uint64_t since_ns; /* what is known was looked up since then */
	struct reader *helper; /* borrowed: it looks them up */
};

/* Type of the file system on the device, as this process sees it mounted; "" not known. */
const char *file_systems_type(struct file_systems *systems, uint32_t device, uint32_t pid);

/*
 * Drops the cache from time to time: device numbers are reused after unmount. now: any clock, ns.
 */
void file_systems_renew(struct file_systems *systems, uint64_t now);

void file_systems_free(struct file_systems *systems);

#endif
