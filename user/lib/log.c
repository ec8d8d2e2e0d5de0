// SPDX-License-Identifier: GPL-2.0-or-later
/* Prints errors; returns the exit status. */
#include "lib/log.h"

#include <stdio.h>
#include <string.h>

#include "lib/units.h"

int log_error(const struct err *e)
{
	char text[sizeof(e->text)];

	/* the sentence may quote what a user or a program gave */
	fprintf(stderr, "boundby: %s\n",
		units_printable(e->text, strlen(e->text), text, sizeof(text)));
	return e->exit_code;
}

int log_library(const char *format, va_list args)
{
	return vfprintf(stderr, format, args);
}

void log_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("boundby: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

void log_event(const char *event, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "boundby: event=%s ", event);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}
