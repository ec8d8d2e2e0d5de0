// SPDX-License-Identifier: GPL-2.0-or-later
/* Receives chunks in a backlog; hands them on to a file or a pipe, and a file to the disk. */
#include "trace/recorder/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exit_codes.h"

#define LAST_TRY_MS 2000 /* at the end a reader of the pipe is waited for so long */

/* ---- the disk -------------------------------------------------------------------------------- */
static void *sync_main(void *arg)
{
	struct outlet *outlet = arg;
	int fd, retired;

	pthread_mutex_lock(&outlet->lock);
	while (!outlet->stop || outlet->retired >= 0) {
		if (!outlet->sync_wanted && outlet->retired < 0) {
			pthread_cond_wait(&outlet->wanted, &outlet->lock);
			continue;
		}
		retired = outlet->retired;
		fd = retired < 0 ? outlet->fd : retired;
		outlet->sync_wanted = outlet->sync_wanted && retired >= 0;
		pthread_mutex_unlock(&outlet->lock);
		fdatasync(fd);
		if (retired >= 0)
			close(retired);
		pthread_mutex_lock(&outlet->lock);
		if (retired >= 0)
			outlet->retired = -1;
	}
	pthread_mutex_unlock(&outlet->lock);
	return NULL;
}

static void want_sync(struct outlet *outlet, bool stop)
{
	if (!outlet->has_syncer)
		return;
	pthread_mutex_lock(&outlet->lock);
	outlet->sync_wanted = true;
	outlet->stop = stop;
	pthread_cond_signal(&outlet->wanted);
	pthread_mutex_unlock(&outlet->lock);
}

/* ---- the place ------------------------------------------------------------------------------- */
void outlet_init(struct outlet *outlet)
{
	memset(outlet, 0, sizeof(*outlet));
	outlet->fd = outlet->retired = -1;
	pthread_mutex_init(&outlet->lock, NULL);
	pthread_cond_init(&outlet->wanted, NULL);
}

static void begin_syncing(struct outlet *outlet)
{
	if (outlet->file && !outlet->has_syncer)
		outlet->has_syncer = !pthread_create(&outlet->syncer, NULL, sync_main, outlet);
}

static int open_stdout(struct outlet *outlet, struct err *e)
{
	struct stat stat;

	snprintf(outlet->name, sizeof(outlet->name), "standard output");
	if (isatty(STDOUT_FILENO))
		return err_set(e, EXIT_USAGE,
			       "a trace is no text for a terminal; give -o FILE or a pipe");
	outlet->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (outlet->fd < 0 || fstat(outlet->fd, &stat))
		return err_set(e, EXIT_FAILED, "cannot write to standard output: %s",
			       strerror(errno));
	outlet->file = S_ISREG(stat.st_mode);
	return 0;
}

static int open_file(struct outlet *outlet, const char *path, struct err *e)
{
	struct stat stat;

	snprintf(outlet->name, sizeof(outlet->name), "'%.100s'", path);
	outlet->fd =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_APPEND | O_CLOEXEC, 0600);
	if (outlet->fd < 0)
		return err_set(e, EXIT_FAILED, "cannot create '%s': %s; %s", path, strerror(errno),
			       errno == EEXIST ?
				       "a trace replaces nothing: remove it or take another name" :
				       "give a place where a file can be made");
	outlet->file = !fstat(outlet->fd, &stat) && S_ISREG(stat.st_mode);
	return 0;
}

int outlet_open(struct outlet *outlet, const char *path, struct err *e)
{
	int error;

	outlet_init(outlet);
	error = strcmp(path, "-") ? open_file(outlet, path, e) : open_stdout(outlet, e);
	if (error)
		outlet_close(outlet);
	else
		begin_syncing(outlet);
	return error;
}

void outlet_replace(struct outlet *outlet, int fd, const char *name)
{
	int old;

	pthread_mutex_lock(&outlet->lock);
	old = outlet->fd;
	if (old >= 0 && outlet->has_syncer && outlet->retired < 0) {
		outlet->retired = old;
		old = -1;
		pthread_cond_signal(&outlet->wanted);
	}
	outlet->fd = fd;
	pthread_mutex_unlock(&outlet->lock);
	if (old >= 0)
		close(old); /* the disk is still at the one before: unsynced is better than waiting */
	snprintf(outlet->name, sizeof(outlet->name), "'%.100s'", name);
	outlet->file = true;
	outlet->backlog.count = outlet->written = 0;
	outlet->error = 0;
	begin_syncing(outlet);
}

/* ---- writing --------------------------------------------------------------------------------- */
/* What a failed write left of a chunk would only be in the way of the next try. */
static void cut_back(struct outlet *outlet, size_t part)
{
	struct stat stat;

	if (outlet->file && part && !fstat(outlet->fd, &stat) && (size_t)stat.st_size >= part &&
	    !ftruncate(outlet->fd, stat.st_size - (off_t)part))
		outlet->written -= part;
}

/*
 * Bytes that can be written without waiting. A pipe that is ready takes so many at once; whether it
 * waits is not ours to change, others may have it open.
 */
static size_t takes_now(const struct outlet *outlet, size_t left)
{
	struct pollfd out = { .fd = outlet->fd, .events = POLLOUT };

	if (outlet->file)
		return left;
	if (poll(&out, 1, 0) <= 0)
		return 0;
	return left < PIPE_BUF ? left : PIPE_BUF;
}

void outlet_flush(struct outlet *outlet)
{
	size_t before = outlet->written, length;
	ssize_t done;

	outlet->error = 0;
	while (outlet->written < outlet->backlog.count) {
		length = outlet->fd < 0 ?
				 0 :
				 takes_now(outlet, outlet->backlog.count - outlet->written);
		if (!length) {
			outlet->error = EAGAIN;
			return;
		}
		done = write(outlet->fd, outlet->backlog.bytes + outlet->written, length);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			outlet->error = done ? errno : ENOSPC;
			cut_back(outlet, outlet->written - before);
			return;
		}
		outlet->written += (size_t)done;
	}
	outlet->backlog.count = outlet->written = 0;
	want_sync(outlet, false);
}

void outlet_flush_patiently(struct outlet *outlet)
{
	struct pollfd out = { .fd = outlet->fd, .events = POLLOUT };

	for (outlet_flush(outlet); outlet->error == EAGAIN && outlet->fd >= 0; outlet_flush(outlet))
		if (poll(&out, 1, LAST_TRY_MS) <= 0)
			break;
}

int outlet_close(struct outlet *outlet)
{
	int error = 0;

	if (outlet->has_syncer) {
		want_sync(outlet, true);
		pthread_join(outlet->syncer, NULL);
		fdatasync(outlet->fd);
	}
	if (outlet->fd >= 0 && close(outlet->fd))
		error = errno;
	pthread_mutex_destroy(&outlet->lock);
	pthread_cond_destroy(&outlet->wanted);
	buffer_free(&outlet->backlog);
	outlet->fd = -1;
	return error;
}
