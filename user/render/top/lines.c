// SPDX-License-Identifier: GPL-2.0-or-later
/* Texts and cells on the screen, cut where it ends. */
#include <ncurses.h>
#include <stdarg.h>
#include <string.h>
#include <wchar.h>

#include "lib/state_names.h"
#include "render/top/draw.h"

#define BAR_MOST 512

/* A pair of colours for each group of states, from 1. */
static const short group_colours[NR_GROUPS] = {
	[GROUP_GAP] = COLOR_WHITE,    [GROUP_CPU] = COLOR_GREEN, [GROUP_READY] = COLOR_YELLOW,
	[GROUP_IO] = COLOR_CYAN,      [GROUP_WAIT] = COLOR_RED,	 [GROUP_REST] = -1,
	[GROUP_UNTOLD] = COLOR_WHITE,
};

bool top_draw_colours(void)
{
	short g;

	if (!has_colors() || start_color() == ERR || COLORS < 8)
		return false;
	use_default_colors();
	/* black on a colour is readable on light and on dark terminals */
	for (g = 0; g < NR_GROUPS; g++)
		init_pair((short)(g + 1), group_colours[g] < 0 ? -1 : COLOR_BLACK,
			  group_colours[g]);
	return true;
}

/* Bytes of the first character of text, and its columns: -1, it cannot be shown. */
static size_t character(const char *text, const struct top_style *style, int *ret_columns)
{
	mbstate_t state = { 0 };
	wchar_t wide;
	size_t bytes;

	*ret_columns = (unsigned char)*text < ' ' || (unsigned char)*text >= 0x7f ? -1 : 1;
	if ((unsigned char)*text < 0x80 || !style->utf8)
		return 1;
	bytes = mbrtowc(&wide, text, strlen(text), &state);
	if (bytes == (size_t)-1 || bytes == (size_t)-2 || !bytes)
		return 1;
	*ret_columns = wcwidth(wide);
	return bytes;
}

int top_put(const struct top_style *style, int line, int column, int width, const char *text)
{
	int edge = width && column + width < COLS ? column + width : COLS, columns;
	size_t bytes;

	if (line < 0 || line >= LINES || column < 0)
		return column;
	for (; *text; text += bytes) {
		bytes = character(text, style, &columns);
		if (column + (columns < 0 ? 1 : columns) > edge)
			break;
		if (columns < 0)
			mvaddch(line, column++, '?');
		else
			mvaddnstr(line, column, text, (int)bytes);
		column += columns < 0 ? 0 : columns;
	}
	return column;
}

int top_print(const struct top_style *style, int line, int column, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return top_put(style, line, column, 0, text);
}

void top_put_state(const struct top_style *style, int line, int column, uint32_t state)
{
	enum state_group group = state == NR_STATES ? GROUP_REST : state_group(state);
	chtype attributes = style->colour ? (chtype)COLOR_PAIR((int)group + 1) : A_NORMAL;

	if (line >= 0 && line < LINES && column >= 0 && column < COLS)
		mvaddch(line, column, (chtype)(unsigned char)top_state_letter(state) | attributes);
}

void top_put_alarm(const struct top_style *style, int line, int column, enum verdict_class class)
{
	chtype attributes = style->colour ? (chtype)COLOR_PAIR(GROUP_WAIT + 1) : A_NORMAL;

	if (line >= 0 && line < LINES && column >= 0 && column < COLS)
		mvaddch(line, column, (class == VERDICT_HUNG ? 'X' : 'B') | attributes);
}

void top_put_bar(const struct top_style *style, int line, int column, size_t width,
		 const struct top_row *row)
{
	uint32_t cells[BAR_MOST];
	size_t i;

	if (width > BAR_MOST)
		width = BAR_MOST;
	top_bar(row->ns, row->wall_ns, width, cells);
	for (i = 0; i < width; i++)
		top_put_state(style, line, column + (int)i, cells[i]);
}
