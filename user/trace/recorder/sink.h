/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sink of a trace: a file, a pipe, or memory only. Takes whole chunks and writes as much as the
 * sink accepts without blocking; the rest stays in the backlog.
 */
#ifndef BOUNDBY_TRACE_RECORDER_SINK_H
#define BOUNDBY_TRACE_RECORDER_SINK_H

#include <pthread.h>

#include "lib/err.h"
#include "trace/codec/bytes.h"

struct sink {
	int fd; /* -1: memory alone, or no place as yet */
	char name[128]; /* for messages */
	bool file; /* it can be cut back and synced */
	struct buffer backlog; /* whole chunks that are not written yet */
	size_t written; /* of the backlog */
	int error; /* errno of the last write that failed, 0: all is written */
	/* fsync blocks: done in a separate thread, which also closes replaced files */
	pthread_t syncer;
	bool has_syncer;
	pthread_mutex_t lock;
	pthread_cond_t wanted;
	bool sync_wanted, stop;
	int retired; /* a file that was replaced and is to be synced and closed, -1 none */
};

/* Without a place. */
void sink_init(struct sink *sink);

/*
 * Creates the file, which must not be there, mode 0600; "-" is standard output. 0, or -1 with e
 * filled.
 */
int sink_open(struct sink *sink, const char *path, struct err *e);

/*
 * Directs further output to this fd (ownership taken) of a new, regular file. The previous file is
 * synced and closed in the background.
 */
void sink_replace(struct sink *sink, int fd, const char *name);

/* Writes the backlog as far as it is taken, without waiting; sink->error says why not all was. */
void sink_flush(struct sink *sink);

/* The same at the end: a pipe's reader may be a moment late. */
void sink_flush_patiently(struct sink *sink);

/* Syncs and closes. 0, or the errno of closing. */
int sink_close(struct sink *sink);

#endif
