// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes metrics to a file, replaced as a whole. */
#include "watch/textfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"

#define ENDING ".prom"

int textfile_check(const char *path, struct err *e)
{
	const char *name = basename(path);
	size_t length = strlen(name);

	if (length <= strlen(ENDING) || strcmp(name + length - strlen(ENDING), ENDING))
		return err_set(e, ERR_USAGE,
			       "--textfile %s: the name must end in " ENDING
			       ", or node_exporter does not read it",
			       path);
	return 0;
}

static int fail(const char *path, struct err *e)
{
	int error = errno;

	return err_set(e, error == EACCES || error == EPERM ? ERR_PERMISSION : ERR_FAILED,
		       "cannot write the metrics to %s: %s; check its folder and the room there",
		       path, strerror(error));
}

/* The collector must not read it: its name ends otherwise. */
static int open_new(const char *name)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = open(name, flags, 0644);

	/* of a run with the same number, which was killed */
	if (fd < 0 && errno == EEXIST && !unlink(name))
		fd = open(name, flags, 0644);
	return fd;
}

static int write_all(int fd, const char *text)
{
	size_t left = strlen(text);
	ssize_t written;

	while (left) {
		written = write(fd, text, left);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return -1;
		text += written;
		left -= (size_t)written;
	}
	return 0;
}

int textfile_write(const char *path, const char *text, struct err *e)
{
	char name[PATH_MAX];
	int fd, failed, error;

	if (snprintf(name, sizeof(name), "%s.tmp-%d", path, (int)getpid()) >= (int)sizeof(name)) {
		errno = ENAMETOOLONG;
		return fail(path, e);
	}
	fd = open_new(name);
	if (fd < 0)
		return fail(path, e);
	/* whatever the umask: the collector is another user */
	failed = fchmod(fd, 0644) || write_all(fd, text);
	error = errno;
	if (close(fd) && !failed) {
		failed = 1;
		error = errno;
	}
	if (!failed && rename(name, path)) {
		failed = 1;
		error = errno;
	}
	if (!failed)
		return 0;
	unlink(name);
	errno = error;
	return fail(path, e);
}

void textfile_put(struct textfile *file, const char *text)
{
	char again[PATH_MAX + 64];
	struct err e;

	if (textfile_write(file->path, text, &e)) {
		if (!file->failing)
			log_event("metrics", LOG_TEXT("why", e.text));
		file->failing = true;
	} else if (file->failing) {
		snprintf(again, sizeof(again), "they are written to %s again", file->path);
		log_event("metrics", LOG_TEXT("why", again));
		file->failing = false;
	}
}
