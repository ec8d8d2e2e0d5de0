// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes chunks from the backlog to a file or a pipe, and syncs files. */
#include "trace/recorder/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LAST_TRY_MS 2000 /* at the end a reader of the pipe is waited for so long */

/* ---- the disk -------------------------------------------------------------------------------- */
static void *sync_main(void *arg)
{
	struct sink *sink = arg;
	int fd, retired;

	pthread_mutex_lock(&sink->lock);
	while (!sink->stop || sink->retired >= 0) {
		if (!sink->sync_wanted && sink->retired < 0) {
			pthread_cond_wait(&sink->wanted, &sink->lock);
			continue;
		}
		retired = sink->retired;
		fd = retired < 0 ? sink->fd : retired;
		sink->sync_wanted = sink->sync_wanted && retired >= 0;
		pthread_mutex_unlock(&sink->lock);
		fdatasync(fd);
		if (retired >= 0)
			close(retired);
		pthread_mutex_lock(&sink->lock);
		if (retired >= 0)
			sink->retired = -1;
	}
	pthread_mutex_unlock(&sink->lock);
	return NULL;
}

static void want_sync(struct sink *sink, bool stop)
{
	if (!sink->has_syncer)
		return;
	pthread_mutex_lock(&sink->lock);
	sink->sync_wanted = true;
	sink->stop = stop;
	pthread_cond_signal(&sink->wanted);
	pthread_mutex_unlock(&sink->lock);
}

/* ---- the place ------------------------------------------------------------------------------- */
void sink_init(struct sink *sink)
{
	memset(sink, 0, sizeof(*sink));
	sink->fd = sink->retired = -1;
	pthread_mutex_init(&sink->lock, NULL);
	pthread_cond_init(&sink->wanted, NULL);
}

static void begin_syncing(struct sink *sink)
{
	if (sink->file && !sink->has_syncer)
		sink->has_syncer = !pthread_create(&sink->syncer, NULL, sync_main, sink);
}

static int open_stdout(struct sink *sink, struct err *e)
{
	struct stat stat;

	snprintf(sink->name, sizeof(sink->name), "standard output");
	if (isatty(STDOUT_FILENO))
		return err_set(e, ERR_USAGE,
			       "a trace is binary and not printed to a terminal; use -o FILE or "
			       "a pipe");
	sink->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (sink->fd < 0 || fstat(sink->fd, &stat))
		return err_set(e, ERR_FAILED, "cannot write to standard output: %s",
			       strerror(errno));
	sink->file = S_ISREG(stat.st_mode);
	return 0;
}

static int open_file(struct sink *sink, const char *path, struct err *e)
{
	struct stat stat;

	snprintf(sink->name, sizeof(sink->name), "'%.100s'", path);
	sink->fd =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_APPEND | O_CLOEXEC, 0600);
	if (sink->fd < 0)
		return err_set(e, ERR_FAILED, "cannot create '%s': %s; %s", path, strerror(errno),
			       errno == EEXIST ?
				       "refusing to overwrite it; remove it or give another name" :
				       "give a directory where files can be created");
	sink->file = !fstat(sink->fd, &stat) && S_ISREG(stat.st_mode);
	return 0;
}

int sink_open(struct sink *sink, const char *path, struct err *e)
{
	int error;

	sink_init(sink);
	error = strcmp(path, "-") ? open_file(sink, path, e) : open_stdout(sink, e);
	if (error)
		sink_close(sink);
	else
		begin_syncing(sink);
	return error;
}

void sink_replace(struct sink *sink, int fd, const char *name)
{
	int old;

	pthread_mutex_lock(&sink->lock);
	old = sink->fd;
	if (old >= 0 && sink->has_syncer && sink->retired < 0) {
		sink->retired = old;
		old = -1;
		pthread_cond_signal(&sink->wanted);
	}
	sink->fd = fd;
	pthread_mutex_unlock(&sink->lock);
	if (old >= 0)
		close(old); /* the disk is still at the one before: unsynced is better than waiting */
	snprintf(sink->name, sizeof(sink->name), "'%.100s'", name);
	sink->file = true;
	sink->backlog.count = sink->written = 0;
	sink->error = 0;
	begin_syncing(sink);
}

/* ---- writing --------------------------------------------------------------------------------- */
/* What a failed write left of a chunk would only be in the way of the next try. */
static void cut_back(struct sink *sink, size_t part)
{
	struct stat stat;

	if (sink->file && part && !fstat(sink->fd, &stat) && (size_t)stat.st_size >= part &&
	    !ftruncate(sink->fd, stat.st_size - (off_t)part))
		sink->written -= part;
}

/*
 * Bytes that can be written without blocking. A pipe that is ready takes this many at once; its
 * O_NONBLOCK flag is not ours to change, other processes may share it.
 */
static size_t takes_now(const struct sink *sink, size_t left)
{
	struct pollfd out = { .fd = sink->fd, .events = POLLOUT };

	if (sink->file)
		return left;
	if (poll(&out, 1, 0) <= 0)
		return 0;
	return left < PIPE_BUF ? left : PIPE_BUF;
}

void sink_flush(struct sink *sink)
{
	size_t before = sink->written, length;
	ssize_t done;

	sink->error = 0;
	while (sink->written < sink->backlog.count) {
		length = sink->fd < 0 ? 0 : takes_now(sink, sink->backlog.count - sink->written);
		if (!length) {
			sink->error = EAGAIN;
			return;
		}
		done = write(sink->fd, sink->backlog.bytes + sink->written, length);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			sink->error = done ? errno : ENOSPC;
			cut_back(sink, sink->written - before);
			return;
		}
		sink->written += (size_t)done;
	}
	sink->backlog.count = sink->written = 0;
	want_sync(sink, false);
}

void sink_flush_patiently(struct sink *sink)
{
	struct pollfd out = { .fd = sink->fd, .events = POLLOUT };

	for (sink_flush(sink); sink->error == EAGAIN && sink->fd >= 0; sink_flush(sink))
		if (poll(&out, 1, LAST_TRY_MS) <= 0)
			break;
}

int sink_close(struct sink *sink)
{
	int error = 0;

	if (sink->has_syncer) {
		want_sync(sink, true);
		pthread_join(sink->syncer, NULL);
		fdatasync(sink->fd);
	}
	if (sink->fd >= 0 && close(sink->fd))
		error = errno;
	pthread_mutex_destroy(&sink->lock);
	pthread_cond_destroy(&sink->wanted);
	buffer_free(&sink->backlog);
	sink->fd = -1;
	return error;
}
