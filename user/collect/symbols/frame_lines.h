/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames of a runtime as lines of text. */
#ifndef BOUNDBY_COLLECT_SYMBOLS_FRAME_LINES_H
#define BOUNDBY_COLLECT_SYMBOLS_FRAME_LINES_H

#include <stddef.h>

#include "collect/runtimes/frame_place.h"

#define FRAME_LINE_LEN 192
#define FRAME_TORN "[torn: it changed while it was read]"
#define FRAME_DEEPER "[more frames]"

/* "app/db.py:12 query", without what is not known. ret: FRAME_LINE_LEN bytes. */
void frame_line_format(const struct frame_place *place, char *ret);

/* Adds a line, and behind STACK_FILE the path of its source, if there is room for it. */
void frame_line_add(char *text, size_t size, const char *line, const char *file);

#endif
