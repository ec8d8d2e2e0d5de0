// SPDX-License-Identifier: GPL-2.0-or-later
/* Formats figures, and names from outside, as printable text. */
#include "lib/units.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static char *three_digits(double value, const char *unit, char buffer[UNITS_LEN])
{
	int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;

	snprintf(buffer, UNITS_LEN, "%.*f %s", decimals, value, unit);
	return buffer;
}

char *units_time(uint64_t ns, char buffer[UNITS_LEN])
{
	if (ns < 1000) {
		snprintf(buffer, UNITS_LEN, "%u ns", (unsigned int)ns);
		return buffer;
	}
	if (ns < 999500)
		return three_digits((double)ns / 1e3, "us", buffer);
	if (ns < 999500000)
		return three_digits((double)ns / 1e6, "ms", buffer);
	return three_digits((double)ns / 1e9, "s", buffer);
}

char *units_share(double share, char buffer[UNITS_LEN])
{
	double percent = share * 100;

	if (percent > 0 && percent < 0.1)
		snprintf(buffer, UNITS_LEN, "<0.1 %%");
	else
		snprintf(buffer, UNITS_LEN, "%.*f %%", percent < 9.95 && percent > 0 ? 1 : 0,
			 percent);
	return buffer;
}

char *units_bytes(uint64_t bytes, char buffer[UNITS_LEN])
{
	if (bytes < 1000)
		snprintf(buffer, UNITS_LEN, "%u B", (unsigned int)bytes);
	else if (bytes < 999500)
		return three_digits((double)bytes / 1e3, "kB", buffer);
	else if (bytes < 999500000)
		return three_digits((double)bytes / 1e6, "MB", buffer);
	else
		return three_digits((double)bytes / 1e9, "GB", buffer);
	return buffer;
}

char *units_utc(uint64_t unix_ns, char buffer[UNITS_UTC_LEN])
{
	time_t seconds = (time_t)(unix_ns / NS_PER_S);
	char whole[48];
	struct tm utc;

	gmtime_r(&seconds, &utc);
	strftime(whole, sizeof(whole), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(buffer, UNITS_UTC_LEN, "%s.%09uZ", whole, (unsigned int)(unix_ns % NS_PER_S));
	return buffer;
}

/* Length of the UTF-8 sequence at text (at most left bytes), 0 when it is none. */
static size_t sequence_length(const unsigned char *text, size_t left)
{
	size_t length = text[0] < 0x80			  ? 1 :
			text[0] >= 0xC2 && text[0] < 0xE0 ? 2 :
			text[0] >= 0xE0 && text[0] < 0xF0 ? 3 :
			text[0] >= 0xF0 && text[0] < 0xF5 ? 4 :
							    0;
	size_t i;

	if (!length || length > left)
		return 0;
	for (i = 1; i < length; i++)
		if ((text[i] & 0xC0) != 0x80)
			return 0;
	/* overlong forms, surrogates, beyond U+10FFFF */
	if ((text[0] == 0xE0 && text[1] < 0xA0) || (text[0] == 0xED && text[1] > 0x9F) ||
	    (text[0] == 0xF0 && text[1] < 0x90) || (text[0] == 0xF4 && text[1] > 0x8F))
		return 0;
	return length;
}

/* Would a terminal act on it? C0, DEL, C1 (U+0080 to U+009F), and what turns the text around. */
static bool is_control(const unsigned char *text, size_t length)
{
	if (length == 1)
		return text[0] < 0x20 || text[0] == 0x7F;
	if (length == 2)
		return text[0] == 0xC2 && text[1] < 0xA0;
	/* U+200E, U+200F; U+2028 to U+202E; U+2066 to U+2069 */
	return length == 3 && text[0] == 0xE2 &&
	       ((text[1] == 0x80 &&
		 ((text[2] & 0xFE) == 0x8E || (text[2] >= 0xA8 && text[2] <= 0xAE))) ||
		(text[1] == 0x81 && text[2] >= 0xA6 && text[2] <= 0xA9));
}

char *units_printable(const char *name, size_t length, char *buffer, size_t size)
{
	const unsigned char *text = (const unsigned char *)name;
	size_t in = 0, out = 0, step;

	while (in < length && text[in] && out + 1 < size) {
		step = sequence_length(text + in, length - in);
		if (!step || is_control(text + in, step)) {
			buffer[out++] = '?';
			in += step ? step : 1;
			continue;
		}
		if (out + step >= size)
			break;
		memcpy(buffer + out, text + in, step);
		out += step;
		in += step;
	}
	buffer[out] = '\0';
	return buffer;
}

char *units_printable_end(const char *text, char *buffer, size_t size)
{
	size_t length = strlen(text);

	if (length >= size) {
		text += length - size + 1;
		length = size - 1;
	}
	return units_printable(text, length, buffer, size);
}
