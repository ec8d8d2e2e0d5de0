// SPDX-License-Identifier: GPL-2.0-or-later
/* Prints errors and notes. */
#include "lib/log.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/units.h"

#define LINE_LEN 5120 /* a path and the sentence around it */

void log_error(const struct err *e)
{
	char text[sizeof(e->text)];

	if (e->kind == ERR_READER_GONE)
		return;
	/* the sentence may quote what a user or a program gave */
	fprintf(stderr, "boundby: %s\n",
		units_printable(e->text, strlen(e->text), text, sizeof(text)));
}

int log_library(const char *format, va_list args)
{
	return vfprintf(stderr, format, args);
}

/* The line may quote a name that was found in a folder, or what a program called itself. */
void log_note(const char *format, ...)
{
	char text[LINE_LEN], clean[LINE_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(stderr, "boundby: %s\n", units_printable(text, strlen(text), clean, sizeof(clean)));
}

static bool is_plain_word(const char *text)
{
	return !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789-_.,")];
}

static void put_quoted(const char *text, FILE *out)
{
	char clean[LINE_LEN], *letter;

	fputc('"', out);
	for (letter = units_printable(text, strlen(text), clean, sizeof(clean)); *letter;
	     letter++) {
		if (*letter == '"' || *letter == '\\')
			fputc('\\', out);
		fputc(*letter, out);
	}
	fputc('"', out);
}

void log_event_pairs(const char *event, const struct log_pair *pairs)
{
	char *line = NULL;
	size_t size;
	FILE *out =
		open_memstream(&line, &size); /* written as a whole: lines of others come between */

	if (!out)
		return;
	fprintf(out, "boundby: event=%s", event);
	for (; pairs->key; pairs++) {
		fprintf(out, " %s=", pairs->key);
		if (!pairs->text)
			fprintf(out, "%" PRIu64, pairs->number);
		else if (is_plain_word(pairs->text))
			fputs(pairs->text, out);
		else
			put_quoted(pairs->text, out);
	}
	fputc('\n', out);
	if (!fclose(out))
		fputs(line, stderr);
	free(line);
}
