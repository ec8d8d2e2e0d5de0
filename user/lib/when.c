// SPDX-License-Identifier: GPL-2.0-or-later
/* Parses times. A time of day is resolved within the span that it refers to. */
#include "lib/when.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/duration.h"
#include "lib/units.h"

#define MINUTE_NS (60 * NS_PER_S)
#define DAY_S 86400

/* At most this many digits. -1: there are none. */
static int take_number(const char **text, int most)
{
	int value = 0, digits = 0;

	for (; digits < most && isdigit((unsigned char)**text); digits++)
		value = value * 10 + *(*text)++ - '0';
	return digits ? value : -1;
}

static int take_date(const char **text, struct when *ret)
{
	ret->year = take_number(text, 4);
	if (ret->year < 1970 || *(*text)++ != '-')
		return -1;
	ret->month = take_number(text, 2);
	if (ret->month < 1 || ret->month > 12 || *(*text)++ != '-')
		return -1;
	ret->day = take_number(text, 2);
	if (ret->day < 1 || ret->day > 31)
		return -1;
	return 0;
}

/* ".25" of a second. */
static uint64_t take_fraction(const char **text)
{
	uint64_t unit = NS_PER_S / 10, ns = 0;

	for (++*text; isdigit((unsigned char)**text); ++*text, unit /= 10)
		ns += (uint64_t)(**text - '0') * unit;
	return ns;
}

static int take_time(const char **text, struct when *ret)
{
	int second;

	ret->precise_ns = MINUTE_NS;
	ret->hour = take_number(text, 2);
	if (ret->hour < 0 || ret->hour > 23 || *(*text)++ != ':')
		return -1;
	ret->minute = take_number(text, 2);
	if (ret->minute < 0 || ret->minute > 59)
		return -1;
	if (**text != ':')
		return 0;
	++*text;
	second = take_number(text, 2);
	if (second < 0 || second > 60)
		return -1;
	ret->ns = NS_PER_S * (unsigned int)second;
	ret->precise_ns = NS_PER_S;
	if (**text == '.')
		ret->ns += take_fraction(text);
	return 0;
}

int when_parse(const char *text, struct when *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (*text == '+' || *text == '-') {
		ret->kind = *text == '+' ? WHEN_AFTER_BEGIN : WHEN_BEFORE_END;
		ret->precise_ns = NS_PER_S;
		/* "+0" is the start itself, though no duration */
		return strcmp(text + 1, "0") ? duration_parse(text + 1, &ret->ns) : 0;
	}
	ret->kind = WHEN_TIME;
	if (strlen(text) >= 10 && text[4] == '-') {
		ret->kind = WHEN_DATE;
		if (take_date(&text, ret) || (*text != 'T' && *text != ' '))
			return -1;
		text++;
	}
	if (take_time(&text, ret))
		return -1;
	if (*text == 'Z') {
		ret->utc = true;
		text++;
	}
	return *text ? -1 : 0;
}

/* The moment on that day. -1: there is none. */
static int64_t moment(const struct when *when, const struct tm *day)
{
	struct tm tm = { .tm_year = day->tm_year,
			 .tm_mon = day->tm_mon,
			 .tm_mday = day->tm_mday,
			 .tm_hour = when->hour,
			 .tm_min = when->minute,
			 .tm_isdst = -1 };

	return (int64_t)(when->utc ? timegm(&tm) : mktime(&tm));
}

static int of_date(const struct when *when, uint64_t *ret_ns)
{
	struct tm day = { .tm_year = when->year - 1900,
			  .tm_mon = when->month - 1,
			  .tm_mday = when->day };
	int64_t second = moment(when, &day);

	if (second < 0)
		return -1;
	*ret_ns = (uint64_t)second * NS_PER_S + when->ns;
	return 0;
}

/* On the day of the start, or on a later one: the first that is not before the span. */
static int of_time(const struct when *when, uint64_t first_ns, uint64_t last_ns, uint64_t *ret_ns)
{
	time_t first = (time_t)(first_ns / NS_PER_S), noon;
	struct tm day;
	int64_t second;
	int days;

	for (days = 0; days < 2; days++) {
		noon = first + days * DAY_S;
		if (!(when->utc ? gmtime_r(&noon, &day) : localtime_r(&noon, &day)))
			return -1;
		second = moment(when, &day);
		if (second < 0)
			return -1;
		*ret_ns = (uint64_t)second * NS_PER_S + when->ns;
		/* the start itself may lie within the precision given */
		if (*ret_ns + when->precise_ns > first_ns)
			return *ret_ns <= last_ns ? 0 : -1;
	}
	return -1;
}

int when_resolve(const struct when *when, uint64_t first_ns, uint64_t last_ns, uint64_t *ret_ns)
{
	switch (when->kind) {
	case WHEN_DATE:
		return of_date(when, ret_ns);
	case WHEN_TIME:
		return of_time(when, first_ns, last_ns, ret_ns);
	case WHEN_AFTER_BEGIN:
		*ret_ns = first_ns + when->ns;
		return 0;
	case WHEN_BEFORE_END:
		*ret_ns = last_ns > when->ns ? last_ns - when->ns : 0;
		return 0;
	case WHEN_NONE:
		break;
	}
	return -1;
}
