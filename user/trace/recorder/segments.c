// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes records into segments through a writer that moves from file to file. Whatever happens to
 * the disk, the stream continues: what cannot be written is merged, and reported.
 */
#include "trace/recorder/segments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/units.h"
#include "trace/recorder/ring.h"
#include "trace/recorder/segment_dir.h"
#include "trace/recorder/writer.h"
#include "trace/recorder/writer_parts.h"

#define SEGMENTS_OF_KEEP 24 /* by age a 24th of the record leaves at a time ... */
#define SEGMENT_LEAST_NS (60 * NS_PER_S)
#define SEGMENT_MOST_NS (3600 * NS_PER_S)
#define SEGMENTS_OF_SIZE 16 /* ... and by size a 16th */
#define RING_NS (30 * NS_PER_S)
#define RING_BYTES (16U << 20)
#define COOLDOWN_NS (60 * NS_PER_S)

struct segments {
	struct segments_config config; /* without dir: that is the directory's own */
	struct segment_dir dir;
	struct trace_writer *writer;
	struct ring *ring; /* NULL none */
	char name[SEGMENT_NAME_LEN]; /* of the segment that is being written, "" none */
	char boot_id[sizeof(((struct record_host *)0)->boot_id)];
	uint64_t realtime_ns; /* to add to a boundary */
	uint64_t begin_ns, last_ns; /* boundaries; begin 0: none came yet */
	uint64_t segment_ns; /* the segment's first boundary */
	bool rotate;
	uint64_t room_bytes; /* what the segment that left for lack of room had ... */
	uint64_t room_used; /* ... and what was written since */
	uint64_t incident_ns; /* boundary of the last incident, 0 none */
	uint64_t cooled_since; /* it */
	struct segments_stats stats;
	int error; /* errno of the trouble that goes on, 0 none */
	uint64_t trouble_merged; /* windows that were merged before it */
	bool untold; /* text was not said yet */
	char why[512]; /* what is the matter with the place at this boundary */
	char text[640];
};

/* ---- opening --------------------------------------------------------------------------------- */
static void fill_config(struct segments *segments, const struct segments_config *config)
{
	struct segments_config *own = &segments->config;

	*own = *config;
	own->dir = NULL;
	if (!own->segment_ns && own->keep_ns)
		own->segment_ns = own->keep_ns / SEGMENTS_OF_KEEP;
	if (!config->segment_ns && own->segment_ns < SEGMENT_LEAST_NS)
		own->segment_ns = own->keep_ns ? SEGMENT_LEAST_NS : SEGMENT_MOST_NS;
	if (!config->segment_ns && own->segment_ns > SEGMENT_MOST_NS)
		own->segment_ns = SEGMENT_MOST_NS;
	if (!own->ring_ns)
		own->ring_ns = RING_NS;
	if (!own->ring_bytes)
		own->ring_bytes = RING_BYTES;
	if (!own->cooldown_ns)
		own->cooldown_ns = COOLDOWN_NS;
}

static void segments_free(struct segments *segments)
{
	segment_dir_close(&segments->dir);
	ring_free(segments->ring);
	free(segments);
}

int segments_open(const struct segments_config *config, struct segments **ret, struct err *e)
{
	struct segments *segments = calloc(1, sizeof(*segments));
	int error;

	if (!segments)
		return err_set(e, ERR_FAILED, "out of memory");
	fill_config(segments, config);
	error = segment_dir_open(&segments->dir, config->dir, e);
	if (!error) {
		segments->writer = trace_writer_new(false);
		if (!config->no_ring && segments->writer)
			segments->ring = ring_new(segments->config.ring_ns,
						  segments->config.ring_bytes, segments->writer);
		if (!segments->writer || (!segments->ring && !config->no_ring))
			error = err_set(e, ERR_FAILED, "out of memory");
	}
	if (error) {
		if (segments->writer)
			trace_writer_close(segments->writer, NULL);
		segments_free(segments);
		return -1;
	}
	*ret = segments;
	return 0;
}

void segments_limits(struct segments *segments, uint64_t keep_ns, uint64_t max_bytes)
{
	segments->config.keep_ns = keep_ns;
	segments->config.max_bytes = max_bytes;
}

int segments_setting(struct segments *segments, const char *name, double value)
{
	int error = trace_writer_setting(segments->writer, name, value);

	return error || !segments->ring ? error : ring_setting(segments->ring, name, value);
}

/* ---- trouble --------------------------------------------------------------------------------- */
const char *segments_trouble(struct segments *segments)
{
	if (!segments->untold)
		return NULL;
	segments->untold = false;
	return segments->text;
}

/* error: errno of what the place did at this boundary, 0: it took everything. */
static void note_place(struct segments *segments, int error)
{
	uint64_t merged = trace_writer_merged(segments->writer);

	if (error && !segments->why[0])
		snprintf(segments->why, sizeof(segments->why), "cannot record in '%s': %s",
			 segments->dir.path, strerror(error));
	if (error && !segments->error) {
		snprintf(segments->text, sizeof(segments->text),
			 "%s; windows are merged until it can be written again", segments->why);
		segments->untold = true;
		segments->trouble_merged = merged;
	}
	if (!error && segments->error) {
		snprintf(segments->text, sizeof(segments->text),
			 "records in '%s' again; %llu windows are merged with the next one",
			 segments->dir.path,
			 (unsigned long long)(merged - segments->trouble_merged));
		segments->untold = true;
	}
	segments->why[0] = '\0';
	segments->error = error;
	segments->stats.trouble = error != 0;
}

/* ---- files ----------------------------------------------------------------------------------- */
/*
 * Goes on in a new file, from where the last window that was written ended, or from the boundary
 * at_ns when there is none. 0, or the errno of making it, or ENOMEM.
 */
static int begin_segment(struct segments *segments, uint64_t at_ns)
{
	uint64_t from_ns = segments->writer->first_ns ? segments->writer->last_ns : at_ns;
	char name[SEGMENT_NAME_LEN];
	int fd = segment_dir_create(&segments->dir, from_ns + segments->realtime_ns, name);

	if (fd < 0)
		return -fd;
	if (trace_writer_continue(segments->writer, fd, name))
		return ENOMEM;
	snprintf(segments->name, sizeof(segments->name), "%s", name);
	segments->segment_ns = from_ns;
	segments->rotate = false;
	return 0;
}

static void expire(struct segments *segments)
{
	const struct segment_limits limits = {
		.keep_ns = segments->config.keep_ns,
		.max_bytes = segments->config.max_bytes,
		.begin_ns = segments->begin_ns,
		.now_ns = segments->last_ns,
		.boot_id = segments->boot_id,
		.writing_bytes = segments->name[0] ? trace_writer_bytes(segments->writer) : 0,
	};

	segment_dir_expire(&segments->dir, &limits);
}

/* The directory was removed or replaced: creates or reopens it. 0 or an errno. */
static int reopen(struct segments *segments)
{
	struct segment_dir dir;
	struct err e = { 0 };

	if (segment_dir_open(&dir, segments->dir.path, &e)) {
		segment_dir_close(&dir);
		snprintf(segments->why, sizeof(segments->why), "%s", e.text);
		return ENOENT;
	}
	dir.removed = segments->dir.removed;
	if (dir.next_number < segments->dir.next_number)
		dir.next_number = segments->dir.next_number;
	segment_dir_close(&segments->dir);
	segments->dir = dir;
	return 0;
}

/*
 * Is there a file to write to? Made when there is none, or when it is gone. Without a place windows
 * are merged: what would go to a removed file is not lost. 0 or an errno.
 */
static int hold_file(struct segments *segments, uint64_t at_ns)
{
	int error = segment_dir_is_there(&segments->dir) ? 0 : reopen(segments);

	if (!error && segments->name[0] && segment_dir_has(&segments->dir, segments->name))
		return 0;
	if (segments->name[0]) {
		/* what waited for the file that is gone goes with it */
		segments->stats.lost += segments->writer->out.backlog.count != 0;
		segments->name[0] = '\0';
		if (trace_writer_continue(segments->writer, -1, segments->dir.path))
			return ENOMEM;
	}
	return error ? error : begin_segment(segments, at_ns);
}

/*
 * Disk full: removes the oldest segment. Only one at a time, and the next when half of the freed
 * space is used: space taken by other programs must not cost the whole recording.
 */
static int make_room(struct segments *segments, int error)
{
	if ((error != ENOSPC && error != EDQUOT) || 2 * segments->room_used < segments->room_bytes)
		return error;
	segments->room_bytes = segment_dir_make_room(&segments->dir);
	segments->room_used = 0;
	return segments->room_bytes ? trace_writer_flush(segments->writer) : error;
}

static bool wants_segment(const struct segments *segments)
{
	const struct segments_config *config = &segments->config;

	return segments->rotate || segments->last_ns - segments->segment_ns >= config->segment_ns ||
	       (config->max_bytes &&
		trace_writer_bytes(segments->writer) >= config->max_bytes / SEGMENTS_OF_SIZE);
}

/* Ends the segment at this boundary, when the next one can be made. 0 or an errno. */
static int next_segment(struct segments *segments)
{
	char old[SEGMENT_NAME_LEN];
	int error;

	memcpy(old, segments->name, sizeof(old));
	error = begin_segment(segments, 0);
	if (error)
		return error;
	return segment_dir_add(&segments->dir, old, segments->last_ns, segments->boot_id) ? ENOMEM :
											    0;
}

/* ---- records --------------------------------------------------------------------------------- */
static int put_boundary(struct segments *segments, const struct record *record)
{
	uint64_t bytes;
	int place = hold_file(segments, record->boundary.at_ns), error;

	bytes = trace_writer_bytes(segments->writer);
	error = trace_writer_put(segments->writer, record);
	if (error)
		return error;
	if (!segments->begin_ns)
		segments->begin_ns = record->boundary.at_ns;
	segments->last_ns = record->boundary.at_ns;
	if (!place)
		place = trace_writer_flush(segments->writer);
	if (place)
		place = make_room(segments, place);
	if (!place)
		segments->room_used += trace_writer_bytes(segments->writer) - bytes;
	if (!place && wants_segment(segments))
		place = next_segment(segments);
	note_place(segments, place);
	expire(segments);
	return place == ENOMEM ? -ENOMEM : 0;
}

/* The ring is of use only when there is memory for it: without, the record goes on. */
static void put_ring(struct segments *segments, const struct record *record)
{
	if (!segments->ring || !ring_put(segments->ring, record))
		return;
	ring_free(segments->ring);
	segments->ring = NULL;
	snprintf(
		segments->text, sizeof(segments->text),
		"out of memory for the last moments in detail: incidents are not written any more");
	segments->untold = true;
}

/* The wall clock was set: what was seen before keeps its times, so a segment ends here. */
static void put_clock(struct segments *segments, uint64_t realtime_ns)
{
	if (segments->realtime_ns == realtime_ns)
		return;
	segments->rotate |= segments->realtime_ns != 0;
	segments->realtime_ns = realtime_ns;
	trace_writer_clock(segments->writer, realtime_ns);
}

int segments_put(struct segments *segments, const struct record *record)
{
	put_ring(segments, record);
	switch (record->kind) {
	case RECORD_CAPTURE:
		segments->realtime_ns = record->capture.start_realtime_ns;
		break;
	case RECORD_CLOCK:
		put_clock(segments, record->clock.realtime_ns);
		break;
	case RECORD_HOST:
		memcpy(segments->boot_id, record->host.boot_id, sizeof(segments->boot_id));
		break;
	case RECORD_INTERVAL:
		return 0;
	case RECORD_BOUNDARY:
		return put_boundary(segments, record);
	default:
		break;
	}
	return trace_writer_put(segments->writer, record);
}

void segments_rotate(struct segments *segments)
{
	segments->rotate = true;
}

/* ---- incidents ------------------------------------------------------------------------------- */
/* Room is made as long as there is a segment to give: this is what was waited for. */
static int write_incident(struct segments *segments, const struct buffer *trace, const char *reason,
			  char name[SEGMENT_NAME_LEN])
{
	int error;

	do
		error = segment_dir_write_incident(&segments->dir, trace->bytes, trace->count,
						   segments->last_ns + segments->realtime_ns,
						   reason, name);
	while ((error == -ENOSPC || error == -EDQUOT) && segment_dir_make_room(&segments->dir));
	return error;
}

static int incident(struct segments *segments, const char *reason, struct segments_incident *ret,
		    struct err *e)
{
	struct buffer trace = { 0 };
	char name[SEGMENT_NAME_LEN];
	int error = ring_trace(segments->ring, &trace);

	if (!error)
		error = write_incident(segments, &trace, reason, name);
	buffer_free(&trace);
	if (!error)
		error = segment_dir_add(&segments->dir, name, segments->last_ns, segments->boot_id);
	if (error)
		return err_set(e, ERR_FAILED, "cannot write an incident to '%s': %s",
			       segments->dir.path, strerror(-error));
	snprintf(ret->path, sizeof(ret->path), "%s/%s", segments->dir.path, name);
	return 0;
}

int segments_trigger(struct segments *segments, const char *reason, struct segments_incident *ret,
		     struct err *e)
{
	uint64_t from_ns = 0, to_ns = 0;

	memset(ret, 0, sizeof(*ret));
	if (!segments->ring)
		return err_set(e, ERR_FAILED, "the last moments are not kept in detail here");
	ring_span(segments->ring, &from_ns, &to_ns);
	if (from_ns == to_ns)
		return err_set(e, ERR_FAILED,
			       "nothing is recorded yet; the first window is still open");
	if (segments->incident_ns &&
	    segments->last_ns - segments->incident_ns < segments->config.cooldown_ns) {
		segments->stats.cooled++;
		segments->cooled_since++;
		return 1;
	}
	ret->span_ns = to_ns - from_ns;
	ret->cut = ring_is_cut(segments->ring);
	ret->cooled = segments->cooled_since;
	if (incident(segments, reason, ret, e)) {
		segments->stats.failed++;
		return -1;
	}
	segments->stats.incidents++;
	segments->incident_ns = segments->last_ns;
	segments->cooled_since = 0;
	expire(segments);
	return 0;
}

/* ---- the end --------------------------------------------------------------------------------- */
void segments_stats(const struct segments *segments, struct segments_stats *ret)
{
	size_t i;

	*ret = segments->stats;
	ret->files = segments->dir.count + (segments->name[0] != '\0');
	ret->bytes = segments->name[0] ? trace_writer_bytes(segments->writer) : 0;
	for (i = 0; i < segments->dir.count; i++)
		ret->bytes += segments->dir.files[i].bytes;
	ret->removed = segments->dir.removed;
	ret->merged = trace_writer_merged(segments->writer);
}

int segments_close(struct segments *segments, struct err *e)
{
	struct err own = { 0 };
	int result;

	if (!segments)
		return 0;
	result = trace_writer_close(segments->writer, &own);
	if (segments->name[0])
		segment_dir_drop_empty(&segments->dir, segments->name);
	else if (segments->begin_ns)
		err_set(&own, ERR_FAILED,
			"the last windows are not recorded: '%s' could not be "
			"written",
			segments->dir.path);
	if (!segments->begin_ns)
		result = 0; /* no record came: no file was created */
	if (result && e)
		*e = own;
	segments_free(segments);
	return result;
}
