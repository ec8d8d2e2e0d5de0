/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Breaks the long lines of finished text so that they fit a terminal. */
#ifndef BOUNDBY_RENDER_TEXT_WRAP_H
#define BOUNDBY_RENDER_TEXT_WRAP_H

#include <stddef.h>
#include <stdio.h>

/*
 * Writes text to out. Lines wider than width columns (0: none is) are broken at spaces; what
 * follows stands under the text behind a line's label. Escape sequences for colour take no column,
 * nor do the later bytes of UTF-8.
 */
void wrap_text(const char *text, size_t width, FILE *out);

/*
 * Writes what print() prints, wrapped; it returns 0 or a negative errno. 0, or -1 when that failed
 * (errno set).
 */
int wrap_print(int (*print)(const void *arg, FILE *out), const void *arg, size_t width, FILE *out);

#endif
