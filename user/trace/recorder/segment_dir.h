/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory of a flight recorder: creates files, and removes old ones once they are finished.
 * Touches nothing that it did not create.
 *
 * Age is a difference of CLOCK_MONOTONIC, which cannot be set: from the last snapshot of a file to
 * the newest one. A file of another boot, which that clock does not cover, is as old as this run: a
 * clock that jumps, or a host that was off, removes nothing.
 */
#ifndef BOUNDBY_TRACE_RECORDER_SEGMENT_DIR_H
#define BOUNDBY_TRACE_RECORDER_SEGMENT_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/err.h"
#include "trace/record.h"

#define SEGMENT_NAME_LEN 96

/* "boundby-20261121T140300Z-0007.bbt", and the number in it. */
bool segment_is_name(const char *name, uint32_t *ret_number);
/* "incident-20261121T140312Z-stall.bbt" */
bool segment_is_incident_name(const char *name);

struct segment_file {
	char name[SEGMENT_NAME_LEN];
	bool incident;
	uint32_t number; /* of a segment: their order, also from run to run; of an incident: as it came */
	uint64_t bytes;
	uint64_t end_ns; /* its last boundary, CLOCK_MONOTONIC of that boot */
	char boot_id[sizeof(((struct record_host *)0)->boot_id)]; /* "": not known */
	ino_t inode;
};

struct segment_dir {
	char *path;
	int fd, lock_fd;
	struct segment_file *files; /* that are done: segments in their order, then incidents */
	size_t count, capacity;
	uint32_t next_number,
		next_incident; /* incidents: 0 while looking for those that were left */
	uint64_t removed; /* files */
};

/*
 * Makes the directory (0700) if it is missing, takes its lock, and looks what earlier runs left. 0,
 * or -1 with e filled: it is not ours alone, or another one records there. segment_dir_close either
 * way.
 */
int segment_dir_open(struct segment_dir *dir, const char *path, struct err *e);
void segment_dir_close(struct segment_dir *dir);

/* Does the path still lead to it? */
bool segment_dir_is_there(const struct segment_dir *dir);

/* Is the segment still there? */
bool segment_dir_has(const struct segment_dir *dir, const char *name);

/*
 * Creates the next segment, mode 0600, starting at this time (CLOCK_REALTIME). Returns an fd opened
 * for appending and its name, or negative errno.
 */
int segment_dir_create(struct segment_dir *dir, uint64_t realtime_ns, char ret[SEGMENT_NAME_LEN]);

/* Removes a segment that this run made and wrote nothing to. */
void segment_dir_drop_empty(struct segment_dir *dir, const char *name);

/* Writes a whole file of an incident, synced before it has its name. 0 or negative errno. */
int segment_dir_write_incident(struct segment_dir *dir, const void *bytes, size_t length,
			       uint64_t realtime_ns, const char *reason,
			       char ret[SEGMENT_NAME_LEN]);

/* A file that is done counts from now on. Is it gone or empty, it does not. 0 or -ENOMEM. */
int segment_dir_add(struct segment_dir *dir, const char *name, uint64_t end_ns,
		    const char *boot_id);

/* What keeps the directory within its bounds. */
struct segment_limits {
	uint64_t keep_ns, max_bytes; /* 0: no such bound */
	uint64_t begin_ns, now_ns; /* CLOCK_MONOTONIC: of this run, and its newest boundary */
	const char *boot_id;
	uint64_t writing_bytes; /* of the segment that is being written: never taken away */
};

/*
 * Takes files away by age, then by size: the oldest segment first; of incidents the oldest when
 * they are more than half of max_bytes, or no segment is left.
 */
void segment_dir_expire(struct segment_dir *dir, const struct segment_limits *limits);

/* Takes the oldest segment away. Returns its bytes, 0: there is none. */
uint64_t segment_dir_make_room(struct segment_dir *dir);

#endif
