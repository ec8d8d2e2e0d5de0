// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds debug files by build ID, and opens those that only root can change. */
#include "collect/symbols/debug_file.h"

#include <elfutils/libdwelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect/reader/files.h"

#define FOLDER "/usr/lib/debug/.build-id"
#define ID_MIN 3
#define ID_MAX 64

static bool has_id(int fd, const unsigned char *id, int length)
{
	const void *own = NULL;
	Elf *elf;
	bool same;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	same = elf && dwelf_elf_gnu_build_id(elf, &own) == length &&
	       !memcmp(own, id, (size_t)length);
	elf_end(elf);
	return same;
}

/* Root's, and to be changed by root alone. */
static bool is_trusted(int fd)
{
	struct stat info;

	return !fstat(fd, &info) && info.st_uid == 0 && !(info.st_mode & (S_IWGRP | S_IWOTH));
}

int debug_file_find(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		    const char *file_name, const char *link, GElf_Word checksum, char **ret_name)
{
	char path[sizeof(FOLDER) + 2 * ID_MAX + 16];
	const unsigned char *id;
	GElf_Addr address;
	int length, fd, i, used;

	(void)userdata;
	(void)name;
	(void)base;
	(void)file_name;
	*ret_name = NULL;
	length = dwfl_module_build_id(module, &id, &address);
	/* a link without a checksum is to a file shared by debug files, which has another ID */
	if (length < ID_MIN || length > ID_MAX || (link && !checksum))
		return -1;
	used = snprintf(path, sizeof(path), "%s/%02x/", FOLDER, id[0]);
	for (i = 1; i < length; i++)
		used += sprintf(path + used, "%02x", id[i]);
	sprintf(path + used, ".debug");
	fd = files_open_linked(path);
	if (fd >= 0 && (!is_trusted(fd) || !has_id(fd, id, length))) {
		close(fd);
		fd = -1;
	}
	return fd;
}
