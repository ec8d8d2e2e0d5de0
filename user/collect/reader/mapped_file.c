// SPDX-License-Identifier: GPL-2.0-or-later
/* Opens mapped files by the names of their mappings. Anything but a regular file is refused. */
#include "collect/reader/mapped_file.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect/reader/files.h"

struct wanted {
	unsigned long start, inode;
	char name[PATH_MAX];
};

/* The line of the mapping that starts there. */
static bool find_line(int pid, unsigned long start, struct wanted *ret)
{
	char path[32], line[PATH_MAX + 128];
	bool found = false;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = files_open_proc(path);
	while (maps && !found && fgets(line, sizeof(line), maps))
		found = sscanf(line, "%lx-%*x %*4s %*x %*x:%*x %lu %4095[^\n]", &ret->start,
			       &ret->inode, ret->name) == 3 &&
			ret->start == start && ret->name[0] == '/';
	if (maps)
		fclose(maps);
	return found;
}

/*
 * Without the right to map_files: by the path that the process mapped it by, if that still is the
 * same file. Its device is not compared: btrfs and overlayfs show another one in maps than to stat.
 */
static int open_by_path(const char *map_path)
{
	struct wanted wanted;
	unsigned long start;
	struct stat info;
	int pid, fd;

	if (sscanf(map_path, "/proc/%d/map_files/%lx-", &pid, &start) != 2 ||
	    !find_line(pid, start, &wanted))
		return -1;
	fd = files_open_below_root(pid, wanted.name);
	if (fd >= 0 && (fstat(fd, &info) || info.st_ino != wanted.inode)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

int mapped_file_open(const char *map_path)
{
	int fd = files_open_linked(map_path);

	return fd >= 0 ? fd : open_by_path(map_path);
}

/* libelf may change its memory: it gets a copy, made once. */
Elf *mapped_vdso(void)
{
	static char *copy;
	static size_t size;
	const char *start = (const char *)(uintptr_t)getauxval(AT_SYSINFO_EHDR);
	const Elf64_Ehdr *header = (const void *)start;

	if (!copy && start) {
		size = header->e_shoff + (size_t)header->e_shnum * header->e_shentsize;
		copy = malloc(size);
		if (copy)
			memcpy(copy, start, size);
	}
	elf_version(EV_CURRENT);
	return copy ? elf_memory(copy, size) : NULL;
}
