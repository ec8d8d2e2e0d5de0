// SPDX-License-Identifier: GPL-2.0-or-later
/* Parses durations into nanoseconds. */
#include "lib/duration.h"

#include <ctype.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define MAX_S (30.0 * 24 * 3600)

int duration_parse(const char *text, uint64_t *ret_ns)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = { { "", 1 },      { "s", 1 },  { "ms", 1e-3 },
		      { "us", 1e-6 }, { "m", 60 }, { "h", 3600 } };
	char *end;
	double value;
	size_t i;

	/* strtod would also take " 1", "+1", "inf", "nan" and "0x1" */
	if (!isdigit((unsigned char)text[0]) || strpbrk(text, "xXpP"))
		return -1;
	value = strtod(text, &end);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].name))
			continue;
		value *= units[i].seconds;
		if (!isfinite(value) || value < 1e-6 || value > MAX_S)
			return -1;
		*ret_ns = (uint64_t)llround(value * 1e9);
		return 0;
	}
	return -1;
}
