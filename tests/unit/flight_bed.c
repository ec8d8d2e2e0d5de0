// SPDX-License-Identifier: GPL-2.0-or-later
/* Fixture: records a stream into a flight recorder's directory and reads back what it contains. */
#include "flight_bed.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "pipeline.h"

/* ---- the stream ------------------------------------------------------------------------------ */
static uint64_t chance(struct flight_stream *stream)
{
	stream->seed ^= stream->seed << 13;
	stream->seed ^= stream->seed >> 7;
	stream->seed ^= stream->seed << 17;
	return stream->seed;
}

static void give(struct flight_stream *stream, const struct record *record)
{
	assert_int_equal(stream->put(stream->arg, record), 0);
}

static void give_capture(struct flight_stream *stream)
{
	struct record record = { .kind = RECORD_CAPTURE };

	record.capture.start_realtime_ns = stream->realtime_ns;
	record.capture.switch_same_ns = record.capture.switch_other_ns = RECORD_UNKNOWN;
	record.capture.cpus = 2;
	record.capture.interval_ns = stream->noise ? SECOND : 0; /* distributions each time */
	give(stream, &record);
	memset(&record, 0, sizeof(record));
	record.kind = RECORD_HOST;
	snprintf(record.host.boot_id, sizeof(record.host.boot_id), "%s", stream->boot_id);
	record.host.opened_ns = stream->opened_ns;
	record.host.recorder = 7;
	give(stream, &record);
}

static void give_thread(struct flight_stream *stream, size_t i)
{
	struct record record = { .kind = RECORD_THREAD };
	struct record_thread *thread = &stream->threads[i];
	uint64_t part = stream->begun ? chance(stream) % SECOND : 0;

	if (!stream->begun) {
		memset(thread, 0, sizeof(*thread));
		thread->id = i + 1;
		thread->pid = 100;
		thread->tid = 100 + (uint32_t)i;
		thread->process_start_ns = 5;
		thread->start_ns = stream->at_ns;
		thread->throttled_ns = RECORD_UNKNOWN;
		thread->state = STATE_SLEEP;
		snprintf(thread->comm, sizeof(thread->comm), "worker-%zu", i % 3);
	} else {
		thread->state_ns[STATE_ON_CPU] += part;
		thread->state_ns[STATE_SLEEP] += SECOND - part;
		thread->state_count[STATE_SLEEP]++;
		thread->voluntary++;
	}
	thread->end_ns = stream->at_ns;
	thread->entered_ns = stream->at_ns - (part < SECOND ? SECOND - part : 0);
	record.thread = *thread;
	give(stream, &record);
	memset(&record, 0, sizeof(record));
	record.kind = RECORD_HISTOGRAM;
	record.histogram.thread_id = thread->id;
	record.histogram.state = STATE_SLEEP;
	record.histogram.count[20] = (uint32_t)thread->voluntary;
	for (i = 0; i < RECORD_HISTOGRAM_LEN && stream->noise; i++)
		record.histogram.count[i] = (uint32_t)chance(stream);
	give(stream, &record);
}

static void give_once(struct flight_stream *stream)
{
	struct record record = { .kind = RECORD_INTERVAL };
	int i;

	for (i = 0; i < 5 && stream->intervals; i++) {
		record.interval.thread_id = 1;
		record.interval.pid = record.interval.tid = 100;
		record.interval.state = STATE_SLEEP;
		record.interval.end_ns = stream->at_ns - SECOND + (uint64_t)(i + 1) * 1000000;
		record.interval.begin_ns = record.interval.end_ns - 500000;
		give(stream, &record);
	}
	memset(&record, 0, sizeof(record));
	record.kind = RECORD_STALL;
	record.stall.thread_id = 1;
	record.stall.tid = 100;
	record.stall.end_ns = stream->at_ns - 1000;
	record.stall.begin_ns = record.stall.end_ns - 20000000;
	record.stall.parts_ns[STATE_ON_CPU] = 20000000;
	give(stream, &record);
}

static void give_window(struct flight_stream *stream)
{
	struct record record = { .kind = RECORD_SNAPSHOT };
	size_t i;

	if (stream->begun)
		give_once(stream);
	record.snapshot.at_ns = stream->at_ns;
	give(stream, &record);
	memset(&record, 0, sizeof(record));
	record.kind = RECORD_PROCESS;
	record.process.pid = 100;
	record.process.start_ns = 5;
	record.process.rss_bytes = 1 << 20;
	snprintf(record.process.comm, sizeof(record.process.comm), "server");
	give(stream, &record);
	for (i = 0; i < FLIGHT_THREADS; i++)
		give_thread(stream, i);
	memset(&record, 0, sizeof(record));
	record.kind = RECORD_LOSS;
	give(stream, &record);
	record.kind = RECORD_OVERHEAD;
	record.overhead.bpf_run_ns = record.overhead.bpf_runs = RECORD_UNKNOWN;
	give(stream, &record);
	memset(&record, 0, sizeof(record));
	record.kind = RECORD_CLOCK;
	record.clock.realtime_ns = stream->realtime_ns;
	give(stream, &record);
	memset(&record, 0, sizeof(record));
	record.kind = RECORD_BOUNDARY;
	record.boundary.at_ns = stream->at_ns;
	give(stream, &record);
	stream->begun = true;
	stream->at_ns += SECOND;
}

void flight_play(struct flight_stream *stream, size_t windows)
{
	if (!stream->begun) {
		give_capture(stream);
		give_window(stream);
	}
	while (windows--)
		give_window(stream);
}

int flight_put(void *segments, const struct record *record)
{
	return segments_put(segments, record);
}

/* ---- the recorder ---------------------------------------------------------------------------- */
int flight_setup(void **state)
{
	struct flight_bed *bed = calloc(1, sizeof(*bed));

	if (!bed)
		return -1;
	snprintf(bed->dir, sizeof(bed->dir), "/tmp/boundby-flight-XXXXXX");
	if (!mkdtemp(bed->dir) || rmdir(bed->dir))
		return -1;
	bed->config.dir = bed->dir;
	bed->config.segment_ns = 20 * SECOND;
	*state = bed;
	return 0;
}

int flight_teardown(void **state)
{
	struct flight_bed *bed = *state;
	char command[256];

	segments_close(bed->segments, NULL);
	snprintf(command, sizeof(command), "rm -rf '%s' '%s.'*", bed->dir, bed->dir);
	assert_int_equal(system(command), 0);
	free(bed);
	return 0;
}

void flight_open(struct flight_bed *bed, uint64_t begin_ns, const char *boot_id)
{
	assert_int_equal(segments_open(&bed->config, &bed->segments, &bed->e), 0);
	bed->stream = (struct flight_stream){ .at_ns = begin_ns,
					      .begin_ns = begin_ns,
					      .realtime_ns = FLIGHT_REALTIME,
					      .opened_ns = begin_ns - 1000,
					      .boot_id = boot_id,
					      .seed = 88172645463325252ULL,
					      .put = flight_put,
					      .arg = bed->segments };
}

void flight_close(struct flight_bed *bed)
{
	assert_int_equal(segments_close(bed->segments, &bed->e), 0);
	bed->segments = NULL;
}

/* ---- what it left ---------------------------------------------------------------------------- */
static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

size_t flight_files(const struct flight_bed *bed, const char *begin,
		    char names[FLIGHT_MAX_FILES][FLIGHT_NAME])
{
	DIR *dir = opendir(bed->dir);
	struct dirent *entry;
	size_t count = 0;

	while (dir && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, begin, strlen(begin))) {
			assert_true(count < FLIGHT_MAX_FILES);
			snprintf(names[count++], FLIGHT_NAME, "%.255s", entry->d_name);
		}
	if (dir)
		closedir(dir);
	qsort(names, count, sizeof(names[0]), compare_names);
	return count;
}

static void path_of(const struct flight_bed *bed, const char *name, char ret[FLIGHT_PATH])
{
	snprintf(ret, FLIGHT_PATH, "%s%s%.511s", *name == '/' ? "" : bed->dir,
		 *name == '/' ? "" : "/", name);
}

uint64_t flight_bytes(const struct flight_bed *bed)
{
	static char names[FLIGHT_MAX_FILES][FLIGHT_NAME];
	size_t i, count = flight_files(bed, "", names);
	uint64_t bytes = 0;
	char path[FLIGHT_PATH];
	struct stat stat_;

	for (i = 0; i < count; i++) {
		path_of(bed, names[i], path);
		if (!stat(path, &stat_) && S_ISREG(stat_.st_mode))
			bytes += (uint64_t)stat_.st_size;
	}
	return bytes;
}

static struct source *open_files(const struct flight_bed *bed, char names[][FLIGHT_NAME],
				 size_t count)
{
	static const char *pointers[FLIGHT_MAX_FILES];
	int fds[FLIGHT_MAX_FILES];
	struct source *source;
	char path[FLIGHT_PATH];
	struct err e = { 0 };
	size_t i;

	for (i = 0; i < count; i++) {
		path_of(bed, names[i], path);
		fds[i] = open(path, O_RDONLY | O_CLOEXEC);
		assert_true(fds[i] >= 0);
		pointers[i] = names[i];
	}
	if (source_file_open(fds, pointers, count, &source, &e))
		fail_msg("%s", e.text);
	return source;
}

static void look_at(struct flight_look *look, const struct record *record, uint64_t *on_cpu_ns)
{
	if (record->kind == RECORD_THREAD)
		*on_cpu_ns += record->thread.state_ns[STATE_ON_CPU];
	look->intervals += record->kind == RECORD_INTERVAL;
	look->histograms += record->kind == RECORD_HISTOGRAM;
	look->stalls += record->kind == RECORD_STALL;
	if (record->kind == RECORD_SNAPSHOT)
		look->is_last = record->snapshot.last;
	if (record->kind != RECORD_BOUNDARY)
		return;
	/* the last one may be told again */
	assert_true(record->boundary.at_ns >= look->last_ns);
	look->boundaries += record->boundary.at_ns > look->last_ns;
	if (!look->first_ns) {
		look->first_ns = record->boundary.at_ns;
		look->on_cpu_ns = 0 - *on_cpu_ns;
	}
	look->last_ns = record->boundary.at_ns;
}

void flight_look(const struct flight_bed *bed, char names[][FLIGHT_NAME], size_t count,
		 const struct trace_range *range, struct flight_look *ret)
{
	struct source *source = open_files(bed, names, count);
	uint64_t on_cpu_ns = 0, last_ns = 0;
	struct record record;
	struct err e = { 0 };
	int got;

	memset(ret, 0, sizeof(*ret));
	ret->facts = *source_file_facts(source);
	if (range && source_file_select(source, range, &e))
		fail_msg("%s", e.text);
	while ((got = source->ops->next(source, &record, &e)) > 0) {
		if (record.kind == RECORD_SNAPSHOT)
			on_cpu_ns = 0;
		look_at(ret, &record, &on_cpu_ns);
		if (record.kind == RECORD_BOUNDARY)
			last_ns = on_cpu_ns;
	}
	assert_int_equal(got, 0);
	ret->on_cpu_ns += last_ns;
	ret->damage = *source_file_damage(source);
	source->ops->close(source);
}

char *flight_report(const struct flight_bed *bed, char names[][FLIGHT_NAME], size_t count)
{
	struct verdict_settings settings;
	struct render_options options = { 0 };
	struct pipeline pipeline = { .settings = &settings,
				     .render = render_json,
				     .render_options = &options };
	enum verdict_class class;
	struct err e = { 0 };
	char *text = NULL;
	size_t length;

	verdict_settings_default(&settings);
	pipeline.source = open_files(bed, names, count);
	pipeline.out = open_memstream(&text, &length);
	assert_non_null(pipeline.out);
	if (pipeline_run(&pipeline, &class, &e))
		fail_msg("%s", e.text);
	fclose(pipeline.out);
	pipeline.source->ops->close(pipeline.source);
	return text;
}

void flight_copy(const char *from, const char *to)
{
	char command[512];

	snprintf(command, sizeof(command), "cp '%s' '%s'", from, to);
	assert_int_equal(system(command), 0);
}
