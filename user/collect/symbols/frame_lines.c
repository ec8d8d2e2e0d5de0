// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes the frames of a runtime as lines of text. */
#include "collect/symbols/frame_lines.h"

#include <stdio.h>
#include <string.h>

#include "collect/reader/names.h"

void frame_line_format(const struct frame_place *place, char *ret)
{
	if (place->line)
		snprintf(ret, FRAME_LINE_LEN, "%s:%d %s", place->file, place->line,
			 place->function);
	else
		snprintf(ret, FRAME_LINE_LEN, "%s%s%s", place->file, place->file[0] ? " " : "",
			 place->function);
}

void frame_line_add(char *text, size_t size, const char *line, const char *file)
{
	size_t used = strlen(text);

	if (used + strlen(line) + strlen(file) + 3 < size)
		snprintf(text + used, size - used, "%s%s%c%s", used ? "\n" : "", line, STACK_FILE,
			 file);
}
