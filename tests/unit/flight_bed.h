/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory for a flight recorder, a made-up stream for it, and a look at what it left. */
#ifndef BOUNDBY_TESTS_FLIGHT_BED_H
#define BOUNDBY_TESTS_FLIGHT_BED_H

#include "trace/segments.h"
#include "trace/source_file.h"

#define SECOND 1000000000ULL
#define FLIGHT_BEGIN (5000 * SECOND)
#define FLIGHT_REALTIME \
	(1700000000 * SECOND - FLIGHT_BEGIN) /* of the first boundary: 22:13:20 UTC */
#define FLIGHT_THREADS 6
#define FLIGHT_MAX_FILES 256
#define FLIGHT_NAME 512 /* of a file, or its whole path */
#define FLIGHT_PATH 1100

/* A watch as it goes on: one window of a second after the other. */
struct flight_stream {
	uint64_t at_ns; /* the boundary that comes next */
	uint64_t begin_ns, realtime_ns, opened_ns;
	const char *boot_id;
	uint64_t seed;
	bool intervals; /* with --events */
	bool noise; /* figures that do not compress */
	bool begun;
	struct record_thread threads[FLIGHT_THREADS];
	int (*put)(void *arg, const struct record *record);
	void *arg;
};

struct flight_bed {
	char dir[64]; /* not there yet */
	struct segments_config config;
	struct segments *segments;
	struct flight_stream stream;
	struct err e;
};

int flight_setup(void **state);
int flight_teardown(void **state);

/* Opens the recorder and begins another watch at this boundary. */
void flight_open(struct flight_bed *bed, uint64_t begin_ns, const char *boot_id);
/* Ends it; fails the test when that fails. */
void flight_close(struct flight_bed *bed);
/* So many windows more. The first call also gives what comes before, and the first boundary. */
void flight_play(struct flight_stream *stream, size_t windows);
int flight_put(void *segments, const struct record *record);

/* Names in the directory that begin so, in their order. */
size_t flight_files(const struct flight_bed *bed, const char *begin,
		    char names[FLIGHT_MAX_FILES][FLIGHT_NAME]);
uint64_t flight_bytes(const struct flight_bed *bed);

/* What was read of files, or of a range of them. */
struct flight_look {
	size_t boundaries, intervals, histograms, stalls;
	uint64_t first_ns, last_ns;
	bool is_last; /* the last snapshot said so */
	uint64_t on_cpu_ns; /* of all threads at the last boundary less the first */
	struct trace_damage damage;
	struct trace_facts facts;
};
/* Reads files as one recording. paths: of the directory unless absolute. */
void flight_look(const struct flight_bed *bed, char names[][FLIGHT_NAME], size_t count,
		 const struct trace_range *range, struct flight_look *ret);

/* The JSON report of files as one recording; to be freed. */
char *flight_report(const struct flight_bed *bed, char names[][FLIGHT_NAME], size_t count);

/* Copies a file. */
void flight_copy(const char *from, const char *to);

#endif
