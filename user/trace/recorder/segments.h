/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flight recorder: a listener on the record stream. Writes a directory of traces that follow
 * each other without a gap, within limits of age and size, and on a trigger a detailed trace of the
 * last moments.
 *
 *   DIR/boundby-20261121T140300Z-0007.bbt       a segment; the number is their order
 *   DIR/incident-20261121T140312Z-REASON.bbt    what the ring held when it was triggered
 *   DIR/.lock                                   locked while a process records there
 *
 * Each file is a complete trace; the segments of a run are read as one. Individual off-CPU
 * intervals (--events) are kept in the ring only: they would be most of the data, and are needed
 * only around an incident. Names carry the wall time of the clock as of the start of the watch, so
 * that setting the clock later does not change the order of the files.
 */
#ifndef BOUNDBY_TRACE_RECORDER_SEGMENTS_H
#define BOUNDBY_TRACE_RECORDER_SEGMENTS_H

#include "lib/err.h"
#include "trace/record.h"

struct segments;

struct segments_config {
	const char *dir;
	uint64_t keep_ns; /* 0: no bound of age */
	uint64_t max_bytes; /* of all files together; 0: no bound of size */
	uint64_t segment_ns; /* 0: keep / 24, at least 1 min, at most 1 h */
	uint64_t ring_ns; /* at least so much is in an incident; 0: 30 s */
	uint64_t ring_bytes; /* encoded, at most; 0: 16 MiB */
	uint64_t cooldown_ns; /* from an incident to the next; 0: 60 s */
	bool no_ring; /* incidents are refused; saves what the ring's encoder knows */
};

/*
 * Makes or takes over the directory. 0, or -1 with e filled: it is not a directory of ours alone,
 * or another instance records in it. The first segment is made at the first boundary.
 */
int segments_open(const struct segments_config *config, struct segments **ret, struct err *e);

/* Other bounds from now on, as in struct segments_config. */
void segments_limits(struct segments *segments, uint64_t keep_ns, uint64_t max_bytes);

/* As trace_writer_setting; of a name that was set already the next segment has the new value. */
int segments_setting(struct segments *segments, const char *name, double value);

/*
 * Takes a record. At a boundary the window is written, and what is too old or too much leaves. 0
 * or -ENOMEM; a place that takes nothing is no failure: see segments_trouble.
 */
int segments_put(struct segments *segments, const struct record *record);

/* The next snapshot begins a new segment, for instance before files are moved away. */
void segments_rotate(struct segments *segments);

/*
 * A change of the directory's condition that is not reported yet: a sentence, valid until the next
 * call of segments_put or segments_trigger; NULL: none. Each problem is reported when it begins and
 * when it ends.
 */
const char *segments_trouble(struct segments *segments);

/* An incident file that was written. */
struct segments_incident {
	char path[512];
	uint64_t span_ns; /* what it covers */
	bool cut; /* less than ring_ns, because ring_bytes are full */
	uint64_t cooled; /* triggers since the one before, that were counted only */
};

/*
 * Writes what the ring holds; reason: letters, digits and '-', at most 20. Waits for the disk. 0
 * and *ret; 1: cooling down, it was counted; -1 with e filled.
 */
int segments_trigger(struct segments *segments, const char *reason, struct segments_incident *ret,
		     struct err *e);

struct segments_stats {
	uint64_t bytes; /* of all files of ours */
	uint64_t files;
	uint64_t removed; /* files, by age, size or for room */
	uint64_t merged; /* windows that had to join the next one */
	uint64_t lost; /* windows that were gone with their file */
	uint64_t incidents, cooled, failed; /* triggers: written, counted only, not to be written */
	bool trouble; /* the place takes nothing at present */
};
void segments_stats(const struct segments *segments, struct segments_stats *ret);

/*
 * Ends the segment and gives the directory back. 0, or -1 with e filled: what was seen last is not
 * there. NULL is allowed.
 */
int segments_close(struct segments *segments, struct err *e);

#endif
