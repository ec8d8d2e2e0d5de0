/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The JavaScript frames of a stack in words. Runs in the helper. */
#ifndef BOUNDBY_COLLECT_SYMBOLS_V8_TEXT_H
#define BOUNDBY_COLLECT_SYMBOLS_V8_TEXT_H

#include "collect/runtimes/v8_place.h"
#include "wire.h"

/*
 * Writes the frames, a line each, innermost first: those of the runtime itself that follow each other are
 * one line, the outermost, which is what the program called. where: the program's own innermost,
 * RECORD_PLACE_LEN bytes. Both "" when there are none.
 */
void v8_text_write(struct v8_memory *memory, const struct v8_layout *layout,
		   const struct stack_event *event, char *text, size_t size, char *where);

#endif
