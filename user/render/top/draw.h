/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Draws frames with ncurses; the screen is open. */
#ifndef BOUNDBY_RENDER_TOP_DRAW_H
#define BOUNDBY_RENDER_TOP_DRAW_H

#include "render/top/history.h"
#include "render/top/view.h"

struct top_style {
	bool colour;
	bool utf8; /* the terminal shows it */
};

/* Prepares the colours; false: the terminal has none. */
bool top_draw_colours(void);

/* Draws all. view: selected for the frame that is shown. */
void top_draw(struct top_view *view, const struct top_history *history,
	      const struct top_style *style);

/* The parts of the screen besides the tables: a row that was opened, and the help. */
void top_draw_opened(const struct top_view *view, const struct top_history *history,
		     const struct top_style *style, int line);
void top_draw_help(const struct top_view *view, const struct top_style *style, int line);

/* ---- lines ----------------------------------------------------------------------------------- */
/*
 * Prints a printable text at a place, cut at the right edge or after width columns (0: the edge).
 * Returns the column behind it.
 */
int top_put(const struct top_style *style, int line, int column, int width, const char *text);
int top_print(const struct top_style *style, int line, int column, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* A cell that shows a class in which no state says what is wrong: loop-blocked B, hung X. */
void top_put_alarm(const struct top_style *style, int line, int column, enum verdict_class class);

/* A cell that shows a state, and a bar of them. */
void top_put_state(const struct top_style *style, int line, int column, uint32_t state);
void top_put_bar(const struct top_style *style, int line, int column, size_t width,
		 const struct top_row *row);

#endif
