// SPDX-License-Identifier: GPL-2.0-or-later
/* Breaks long lines at a width, with a hanging indent. */
#include "render/text/wrap.h"

#include <errno.h>
#include <stdlib.h>
#include <stdbool.h>
#include <string.h>

#define LABEL_MOST 30 /* columns: two spaces further right separate no label */
#define NARROWEST 20 /* columns of text: below this, lines are not broken */

/* Bytes of the escape sequence that begins here, 0: none does. */
static size_t escape_length(const char *at, const char *end)
{
	const char *c = at;

	if (*c != '\033' || ++c == end || *c != '[')
		return 0;
	while (++c < end && !(*c >= '@' && *c <= '~'))
		;
	return c < end ? (size_t)(c - at) + 1 : (size_t)(end - at);
}

static bool takes_column(char byte)
{
	return ((unsigned char)byte & 0xc0) != 0x80;
}

/* Column under which the rest of a line goes: behind its label, or a little in. */
static size_t hanging_indent(const char *line, const char *end)
{
	size_t column = 0, leading = 0, gap = 0, skip;
	bool text = false;

	while (line < end && column < LABEL_MOST) {
		skip = escape_length(line, end);
		if (skip) {
			line += skip;
			continue;
		}
		if (*line == ' ') {
			gap++;
		} else {
			if (text && gap >= 2)
				return column;
			leading = text ? leading : column;
			text = true;
			gap = 0;
		}
		column += takes_column(*line++);
	}
	return leading + 2;
}

/* End of what fits into these columns: a space if there is one, else the whole word. */
static const char *fit(const char *line, const char *end, size_t columns)
{
	const char *space = NULL, *at = line;
	size_t column = 0, skip;
	bool text = false;

	while (at < end && (column <= columns || !space)) {
		skip = escape_length(at, end);
		if (skip) {
			at += skip;
			continue;
		}
		if (*at == ' ' && text && column <= columns)
			space = at;
		else if (*at == ' ' && text)
			return at;
		else if (*at != ' ')
			text = true;
		column += takes_column(*at++);
	}
	return at == end && column <= columns ? end : space ? space : end;
}

static void wrap_line(const char *line, const char *end, size_t width, FILE *out)
{
	size_t indent = hanging_indent(line, end);
	const char *stop = fit(line, end, width);

	if (indent + NARROWEST > width)
		indent = 2;
	for (;;) {
		fwrite(line, 1, (size_t)(stop - line), out);
		fputc('\n', out);
		line = stop + strspn(stop, " ");
		if (line >= end)
			return;
		fprintf(out, "%*s", (int)indent, "");
		stop = fit(line, end, width - indent);
	}
}

void wrap_text(const char *text, size_t width, FILE *out)
{
	const char *end;

	for (; *text; text = *end ? end + 1 : end) {
		end = strchrnul(text, '\n');
		if (width > NARROWEST)
			wrap_line(text, end, width, out);
		else
			fprintf(out, "%.*s\n", (int)(end - text), text);
	}
}

int wrap_print(int (*print)(const void *arg, FILE *out), const void *arg, size_t width, FILE *out)
{
	char *text = NULL;
	size_t size = 0;
	FILE *whole = open_memstream(&text, &size);
	int error;

	if (!whole)
		return -1;
	error = print(arg, whole);
	if (!error && ferror(whole))
		error = -ENOMEM;
	if (fclose(whole) || error) {
		free(text);
		errno = error ? -error : errno;
		return -1;
	}
	wrap_text(text, width, out);
	free(text);
	return ferror(out) || fflush(out) ? -1 : 0;
}
