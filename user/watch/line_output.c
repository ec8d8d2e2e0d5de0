// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines to a pipe that may be read slowly: non-blocking, whole, in order. */
#include "watch/line_output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PIPE_BYTES (1 << 20) /* /proc/sys/fs/pipe-max-size for users, and room for a long line */
#define LOOK_AGAIN_MS 10 /* for room: poll says only that there is some */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void line_output_open(struct line_output *output, int fd)
{
	struct stat info;
	char path[32];
	int own;

	*output = (struct line_output){ .fd = fd };
	if (fstat(fd, &info) || !S_ISFIFO(info.st_mode))
		return; /* files always take a line; terminals and sockets are waited for */
	/* O_NONBLOCK belongs to the description, which the reader's other end does not share but
	 * other processes of the pipeline may: one of our own, then. */
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	own = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (own < 0)
		return;
	fcntl(own, F_SETPIPE_SZ, PIPE_BYTES); /* refused: the lines wait more often */
	output->capacity = fcntl(own, F_GETPIPE_SZ);
	output->fd = own;
	output->own = true;
}

static void finish(struct line_output *output)
{
	free(output->pending);
	output->pending = NULL;
}

/*
 * Is there room for all of the line? It is begun only then, so that a reader that stops is left with
 * whole lines. A pipe holds pages, of which the first may be read in part and the last be written in
 * part. What is longer than the pipe goes out bit by bit.
 */
static bool may_begin(const struct line_output *output)
{
	size_t partial = 2 * (size_t)sysconf(_SC_PAGESIZE);
	struct pollfd end = { .fd = output->fd };
	int held = 0;

	if (output->written || output->capacity <= 0 ||
	    output->length + partial > (size_t)output->capacity)
		return true;
	/* that the reader is gone shows when it is written to */
	if ((poll(&end, 1, 0) > 0 && end.revents & POLLERR) || ioctl(output->fd, FIONREAD, &held))
		return true;
	return (size_t)held + output->length + partial <= (size_t)output->capacity;
}

/* Writes until all is written or there is no room. 0 or negative errno. */
static int write_some(struct line_output *output)
{
	ssize_t written;

	if (!may_begin(output))
		return 0;
	while (output->written < output->length) {
		written = write(output->fd, output->pending + output->written,
				output->length - output->written);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0 && errno == EAGAIN)
			return 0;
		if (written < 0)
			return -errno;
		output->written += (size_t)written;
	}
	finish(output);
	return 0;
}

int line_output_put(struct line_output *output, char *line, size_t length)
{
	int error = line_output_flush(output, 0);

	if (error || output->pending) {
		free(line);
		output->dropped += !error;
		return error;
	}
	output->pending = line;
	output->length = length;
	output->written = 0;
	return write_some(output);
}

int line_output_flush(struct line_output *output, int wait_ms)
{
	int64_t end = now_ms() + wait_ms, left = wait_ms;
	struct pollfd room = { .fd = output->fd, .events = POLLOUT };
	int error = 0;

	while (output->pending && !error) {
		error = write_some(output);
		if (error || !output->pending || left <= 0)
			break;
		if (output->written || may_begin(output))
			poll(&room, 1, (int)left);
		else
			poll(NULL, 0, left < LOOK_AGAIN_MS ? (int)left : LOOK_AGAIN_MS);
		left = end - now_ms();
	}
	return error;
}

bool line_output_close(struct line_output *output, int wait_ms)
{
	/* that it cannot be written is known by now: nothing was dropped for being late */
	int error = line_output_flush(output, wait_ms);
	bool whole = error || !output->pending || !output->written;

	output->dropped += !error && output->pending && whole;
	finish(output);
	if (output->own)
		close(output->fd);
	return whole;
}
