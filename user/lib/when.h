/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Times as people write them: "14:03", "2026-11-21T14:03:05Z", "+30s", "-5m". Parsed first, and
 * resolved to a time once the span is known.
 */
#ifndef BOUNDBY_LIB_WHEN_H
#define BOUNDBY_LIB_WHEN_H

#include <stdbool.h>
#include <stdint.h>

enum when_kind {
	WHEN_NONE, /* not given */
	WHEN_DATE, /* year to second are known */
	WHEN_TIME, /* a time of day: the first one in the span */
	WHEN_AFTER_BEGIN,
	WHEN_BEFORE_END,
};

struct when {
	enum when_kind kind;
	bool utc; /* else of the local time zone */
	int year, month, day, hour, minute;
	uint64_t ns; /* of the minute; relative: the distance */
	uint64_t precise_ns; /* as precise as it was said: a minute, a second */
};

/* 0, or -1: it is not a time. */
int when_parse(const char *text, struct when *ret);

/*
 * The moment in a span of CLOCK_REALTIME ns. Reads the time zone (environment, zone files) unless
 * utc was said. 0, or -1: there is no such moment, or that time of day is not in the span.
 */
int when_resolve(const struct when *when, uint64_t first_ns, uint64_t last_ns, uint64_t *ret_ns);

#endif
