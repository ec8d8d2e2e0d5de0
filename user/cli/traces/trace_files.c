// SPDX-License-Identifier: GPL-2.0-or-later
/* Opens the traces that are named: files, pipes, the directory of a flight recorder. */
#include "cli/traces/trace_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/recorder/segment_dir.h"

static int add_fd(struct trace_input *input, int fd, const char *name, struct err *e)
{
	char *copy = input->count < TRACE_INPUT_MAX_FILES ? strdup(name) : NULL;

	if (!copy) {
		close(fd);
		return err_set(e, ERR_FAILED, "more than %d traces at once; give fewer",
			       TRACE_INPUT_MAX_FILES);
	}
	input->fds[input->count] = fd;
	input->incident[input->count] = false;
	input->names[input->count++] = copy;
	return 0;
}

static bool is_trace_name(const char *name)
{
	size_t length = strlen(name);

	return length > 4 && !strcmp(name + length - 4, ".bbt");
}

/* A file of a directory. One that is gone since, as a flight recorder's oldest may be, is no error. */
static int add_entry(struct trace_input *input, int directory, const char *entry, const char *path,
		     struct err *e)
{
	int fd = openat(directory, entry, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	uint32_t number;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_set(e, ERR_FAILED, "cannot open '%s': %s", path, strerror(errno));
	if (add_fd(input, fd, path, e))
		return -1;
	input->incident[input->count - 1] = segment_is_incident_name(entry);
	input->recorder |= input->incident[input->count - 1] || segment_is_name(entry, &number);
	return 0;
}

/* All files of a directory are open before the first is read. */
static void allow_many_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int add_directory(struct trace_input *input, int fd, const char *name, struct err *e)
{
	size_t before = input->count;
	struct dirent *entry;
	DIR *directory = fdopendir(fd);
	int error = 0;
	char path[4096];

	allow_many_files();
	if (!directory) {
		close(fd);
		return err_set(e, ERR_FAILED, "cannot read '%s': %s", name, strerror(errno));
	}
	while (!error && (entry = readdir(directory))) {
		if (!is_trace_name(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", name, entry->d_name);
		error = add_entry(input, dirfd(directory), entry->d_name, path, e);
	}
	closedir(directory);
	if (!error && input->count == before)
		error = err_set(e, ERR_FAILED, "'%s' holds no trace (*.bbt)", name);
	return error;
}

/* A trace is read in any order: what comes through a pipe becomes a file without a name. */
static int copy_pipe(int from, FILE *to)
{
	char bytes[65536];
	ssize_t got;

	do {
		got = read(from, bytes, sizeof(bytes));
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got > 0 && fwrite(bytes, 1, (size_t)got, to) != (size_t)got)
			return -errno;
	} while (got);
	return fflush(to) ? -errno : 0;
}

static int add_stdin(struct trace_input *input, struct err *e)
{
	struct stat stat;
	FILE *copy;
	int fd, error;

	if (isatty(STDIN_FILENO))
		return err_set(e, ERR_USAGE,
			       "`-` reads a trace from stdin, which is a terminal; give a pipe, as "
			       "in `boundby record -o - ... | boundby report -`");
	if (!fstat(STDIN_FILENO, &stat) && S_ISREG(stat.st_mode)) {
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
		return add_fd(input, fd, "-", e);
	}
	copy = tmpfile();
	error = copy ? copy_pipe(STDIN_FILENO, copy) : -errno;
	fd = error ? -1 : fcntl(fileno(copy), F_DUPFD_CLOEXEC, 3);
	if (copy)
		fclose(copy);
	if (error || fd < 0)
		return err_set(e, ERR_FAILED,
			       "cannot copy stdin into a temporary file: %s; make room there, or "
			       "give a trace by its name",
			       strerror(error ? -error : errno));
	return add_fd(input, fd, "-", e);
}

int trace_input_add(struct trace_input *input, const char *name, struct err *e)
{
	struct stat stat;
	int fd;

	if (!strcmp(name, "-"))
		return add_stdin(input, e);
	/* a pipe or a device without a writer must not be waited for */
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return err_set(e, ERR_FAILED,
			       "cannot open '%s': %s; give a trace that `boundby "
			       "record -o` made",
			       name, strerror(errno));
	if (!fstat(fd, &stat) && S_ISDIR(stat.st_mode))
		return add_directory(input, fd, name, e);
	return add_fd(input, fd, name, e);
}

void trace_input_free(struct trace_input *input)
{
	size_t i;

	for (i = 0; i < input->count; i++) {
		if (input->fds[i] >= 0)
			close(input->fds[i]);
		free(input->names[i]);
	}
	input->count = 0;
	free(input->pids);
	input->pids = NULL;
}
