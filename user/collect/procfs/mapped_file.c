// SPDX-License-Identifier: GPL-2.0-or-later
/* Opens mapped files by the names of their mappings. Anything but a regular file is refused. */
#include "collect/procfs/mapped_file.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* All processes of a host have the same; ours can be read at once. */
static int open_vdso(void)
{
	const char *start = (const char *)(uintptr_t)getauxval(AT_SYSINFO_EHDR);
	const Elf64_Ehdr *header = (const void *)start;
	ssize_t size;
	int fd;

	if (!start)
		return -1;
	size = (ssize_t)(header->e_shoff + (size_t)header->e_shnum * header->e_shentsize);
	fd = memfd_create("boundby-vdso", MFD_CLOEXEC);
	if (fd >= 0 && write(fd, start, (size_t)size) != size) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/*
 * Without the right to map_files: by the path that the process mapped it by, if that still is the
 * same file. map_path is "/proc/PID/map_files/START-END".
 */
static int open_by_path(const char *map_path)
{
	char maps_path[32], line[PATH_MAX + 128], name[PATH_MAX], path[PATH_MAX + 32];
	unsigned long start, wanted, inode;
	struct stat info;
	FILE *maps;
	int pid, fd = -1;

	if (sscanf(map_path, "/proc/%d/map_files/%lx-", &pid, &wanted) != 2)
		return -1;
	snprintf(maps_path, sizeof(maps_path), "/proc/%d/maps", pid);
	maps = fopen(maps_path, "re");
	while (maps && fd < 0 && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%*x %*4s %*x %*x:%*x %lu %4095[^\n]", &start, &inode, name) !=
			    3 ||
		    start != wanted || name[0] != '/')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/root%s", pid, name);
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd >= 0 && (fstat(fd, &info) || info.st_ino != inode)) {
			close(fd);
			fd = -1;
		}
		break;
	}
	if (maps)
		fclose(maps);
	return fd;
}

int mapped_file_open(const char *name)
{
	struct stat info;
	int fd;

	if (!strcmp(name, MAPPED_VDSO))
		return open_vdso();
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		fd = open_by_path(name);
	if (fd >= 0 && (fstat(fd, &info) || !S_ISREG(info.st_mode))) {
		close(fd);
		fd = -1;
	}
	return fd;
}
