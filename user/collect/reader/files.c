// SPDX-License-Identifier: GPL-2.0-or-later
/* Opens the files of a target, without blocking and without following what it chose. */
#include "collect/reader/files.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CAREFUL (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

FILE *files_open_proc(const char *path)
{
	int fd = open(path, CAREFUL | O_NOFOLLOW);
	FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;

	if (!file && fd >= 0)
		close(fd);
	return file;
}

/* Opens what an O_PATH fd stands for if it is a regular file; closes that fd. */
static int reopen_regular(int path_fd)
{
	struct stat info;
	char path[40];
	int fd = -1;

	if (path_fd < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", path_fd);
	if (!fstat(path_fd, &info) && S_ISREG(info.st_mode))
		fd = open(path, CAREFUL);
	close(path_fd);
	return fd;
}

int files_open_linked(const char *link)
{
	return reopen_regular(open(link, CAREFUL | O_PATH));
}

int files_open_below_root(pid_t pid, const char *path)
{
	char root[32], part[NAME_MAX + 1];
	int at, next;
	size_t length;

	snprintf(root, sizeof(root), "/proc/%d/root", (int)pid);
	at = open(root, CAREFUL | O_PATH | O_DIRECTORY);
	while (at >= 0) {
		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (!length || length > NAME_MAX || (length == 2 && !memcmp(path, "..", 2))) {
			close(at);
			return -1;
		}
		snprintf(part, sizeof(part), "%.*s", (int)length, path);
		path += length;
		next = openat(at, part, CAREFUL | O_PATH | O_NOFOLLOW | (*path ? O_DIRECTORY : 0));
		close(at);
		at = next;
		if (!*path)
			return reopen_regular(at);
	}
	return -1;
}
