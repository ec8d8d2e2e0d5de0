// SPDX-License-Identifier: GPL-2.0-or-later
/* The whole screen: verdict, strip, tables, the line of keys. */
#include "render/top/draw.h"

#include <ctype.h>
#include <math.h>
#include <ncurses.h>
#include <string.h>

#include "lib/state_names.h"
#include "lib/units.h"
#include "verdict/rules.h"

#define NAME_COLUMNS 24
#define CLASS_COLUMNS 13
#define CLOCK_FROM 11 /* of an RFC 3339 time: the hour */
#define CLOCK_LEN 8
#define STRIP_ROW 60 /* seconds in a line, where two minutes do not fit into one */
#define STALLS_KEPT 64

/* ---- on top ---------------------------------------------------------------------------------- */
static void draw_title(const struct top_view *view, const struct top_history *history,
		       const struct top_style *style)
{
	const struct top_frame *frame = history->shown;
	size_t behind = top_history_behind(history);
	char when[UNITS_UTC_LEN], state[64] = "";

	units_utc(frame->end_unix_ns, when);
	if (history->held && behind)
		snprintf(state, sizeof(state), "  FROZEN, %zu windows back", behind);
	else if (history->held)
		snprintf(state, sizeof(state), "  %s", view->plays ? "PAUSED" : "FROZEN");
	attron(A_REVERSE);
	mvhline(0, 0, ' ', COLS);
	top_print(style, 0, 0, "boundby top  %.*s UTC%s  %s", CLOCK_LEN, when + CLOCK_FROM, state,
		  frame->title);
	attroff(A_REVERSE);
}

/* The place is what tells most: where both do not fit, the words before it are cut. */
static void draw_cause(const struct top_cause *cause, const struct top_style *style, int line)
{
	char share[UNITS_LEN];
	int column = top_print(style, line, 0, "%7s  %-13s ", units_share(cause->share, share),
			       cause->kind);
	int place = cause->where[0] ? (int)strlen(cause->where) + 5 : 0, room;

	if (place > (COLS - column) / 2 + 8)
		place = (COLS - column) / 2 + 8;
	room = COLS - column - place;
	if (room < 1)
		return;
	column = top_put(style, line, column, room, cause->text);
	if (place)
		top_print(style, line, column, "  at %s", cause->where);
}

static int draw_verdict(const struct top_frame *frame, const struct top_style *style, int line)
{
	static const int tones[] = {
		[TONE_CALM] = A_BOLD, [TONE_NOTE] = A_BOLD, [TONE_ALARM] = A_BOLD | A_REVERSE
	};
	char class[24];
	size_t i, most = LINES >= 40 ? TOP_CAUSES : LINES >= 20 ? 3 : 1;
	int column;

	snprintf(class, sizeof(class), " %s ", verdict_class_name(frame->class));
	for (i = 0; class[i]; i++)
		class[i] = (char)toupper((unsigned char)class[i]);
	attron((chtype)tones[rules[frame->class].tone]);
	column = top_put(style, line, 0, 0, class);
	attroff((chtype)tones[rules[frame->class].tone]);
	top_print(style, line++, column, "  %s confidence", confidence_name(frame->confidence));
	top_put(style, line++, 1, 0, frame->headline);
	for (i = 0; i < frame->cause_count && i < most; i++)
		draw_cause(&frame->causes[i], style, line++);
	/* the lines below do not jump when there are fewer causes */
	line += (int)(most - i);
	if (LINES >= 30 && frame->advice[0])
		top_print(style, line, 0, " Now:  %s", frame->advice);
	return LINES >= 30 ? line + 1 : line;
}

/* One column per window, the newest at the right; the shown one is marked when it is a past one. */
static int draw_strip_row(const struct top_history *history, const struct top_style *style,
			  int line, size_t from, size_t seconds)
{
	size_t behind = top_history_behind(history), i, back;
	const struct top_frame *frame;
	int column = 7;

	top_print(style, line, 0, "-%zu s", from);
	for (i = 0; i < seconds; i++) {
		back = from - 1 - i;
		frame = top_history_at(history, back);
		if (!frame)
			continue;
		if (back == behind && history->held)
			attron(A_REVERSE | A_UNDERLINE);
		if (frame->class == VERDICT_LOOP_BLOCKED || frame->class == VERDICT_HUNG)
			top_put_alarm(style, line, column + (int)i, frame->class);
		else
			top_put_state(style, line, column + (int)i,
				      frame->class == VERDICT_INSUFFICIENT &&
						      frame->mostly == NR_STATES ?
					      (uint32_t)STATE_OTHER :
					      frame->mostly);
		attroff(A_REVERSE | A_UNDERLINE);
		if (back == behind && history->held)
			mvchgat(line, column + (int)i, 1, A_REVERSE | A_BOLD | A_UNDERLINE, 0,
				NULL);
	}
	return line + 1;
}

static int draw_strip(const struct top_history *history, const struct top_style *style, int line)
{
	if (COLS >= TOP_HISTORY + 8)
		return draw_strip_row(history, style, line, TOP_HISTORY, TOP_HISTORY);
	line = draw_strip_row(history, style, line, TOP_HISTORY, STRIP_ROW);
	return draw_strip_row(history, style, line, STRIP_ROW, STRIP_ROW);
}

/* ---- tables ---------------------------------------------------------------------------------- */
static void draw_titles(const struct top_style *style, int line, const char *titles)
{
	attron(A_BOLD);
	top_put(style, line, 0, 0, titles);
	attroff(A_BOLD);
}

static const char *share_of(const struct top_row *row, uint64_t ns, char text[UNITS_LEN])
{
	return row->wall_ns && ns ? units_share((double)ns / (double)row->wall_ns, text) : "-";
}

static void draw_row(const struct top_row *row, const struct top_style *style, int line,
		     bool at_cursor)
{
	char on_cpu[UNITS_LEN], ready[UNITS_LEN];
	int column = NAME_COLUMNS + CLASS_COLUMNS + 18;

	if (at_cursor)
		attron(A_REVERSE);
	mvhline(line, 0, ' ', COLS < column ? COLS : column);
	top_put(style, line, 0, 0, at_cursor ? ">" : " ");
	top_put(style, line, 1, NAME_COLUMNS - 2, row->name);
	top_print(style, line, NAME_COLUMNS, "%-*s %7s %7s", CLASS_COLUMNS,
		  verdict_class_name(row->class), share_of(row, row->ns[STATE_ON_CPU], on_cpu),
		  share_of(row, states_sum(row->ns, GROUP_READY), ready));
	if (at_cursor)
		attroff(A_REVERSE);
	if (COLS > column)
		top_put_bar(style, line, column,
			    (size_t)(COLS - column) < 100 ? (size_t)(COLS - column) : 100, row);
}

/* Rows around the cursor. first: number of the first row of this table. Returns the next line. */
static int draw_rows(const struct top_row *const *rows, size_t count, size_t cursor, size_t lines,
		     const struct top_style *style, int line)
{
	size_t from = cursor != SIZE_MAX && cursor >= lines ? cursor - lines + 1 : 0, i;

	for (i = from; i < count && i < from + lines; i++)
		draw_row(rows[i], style, line++, i == cursor);
	return line;
}

static int draw_processes(const struct top_view *view, const struct top_style *style, int line,
			  size_t lines)
{
	char titles[128];
	size_t cursor = view->cursor < view->process_count ? view->cursor : SIZE_MAX;

	if (!lines)
		return line;
	snprintf(titles, sizeof(titles), " %-*s%-*s %7s %7s  time (%zu rows)", NAME_COLUMNS - 1,
		 "process", CLASS_COLUMNS, "class", "on CPU", "queued", view->process_count);
	draw_titles(style, line++, titles);
	return draw_rows(view->processes, view->process_count, cursor, lines - 1, style, line);
}

static int draw_threads(struct top_view *view, const struct top_frame *frame,
			const struct top_style *style, int line, size_t lines)
{
	char titles[160], more[48] = "";
	size_t cursor = view->cursor >= view->process_count ? view->cursor - view->process_count :
							      SIZE_MAX;

	view->page = lines ? lines - 1 : 1;
	if (!lines)
		return line;
	if (frame->threads.left_out)
		snprintf(more, sizeof(more), " and %llu more",
			 (unsigned long long)frame->threads.left_out);
	snprintf(titles, sizeof(titles), " %-*s%-*s %7s %7s  time (%zu rows%s), by %s",
		 NAME_COLUMNS - 1, "thread", CLASS_COLUMNS, "class", "on CPU", "queued",
		 view->thread_count, more, top_sort_name(view->sort));
	draw_titles(style, line++, titles);
	return draw_rows(view->threads, view->thread_count, cursor, lines - 1, style, line);
}

/* Where the longest lag is not known to the nanosecond, the 99th percentile says about as much. */
static void draw_height(const struct top_style *style, int line, int column,
			const struct top_loop *loop)
{
	static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const ascii[] = { "_", ".", ":", "-", "=", "+", "*", "#" };
	uint64_t lag_ns = loop->max_ns == RECORD_UNKNOWN ? loop->p99_ns : loop->max_ns;

	top_put(style, line, column, 0, (style->utf8 ? blocks : ascii)[top_spark(lag_ns)]);
}

/* The longest lag of each past window, the newest at the right. */
static void draw_spark(const struct top_history *history, const struct top_loop *loop,
		       const struct top_style *style, int line, int column)
{
	size_t behind = top_history_behind(history), width, i, j;
	const struct top_frame *frame;

	if (COLS <= column)
		return;
	width = (size_t)(COLS - column) < 60 ? (size_t)(COLS - column) : 60;
	for (i = 0; i < width; i++) {
		frame = top_history_at(history, behind + i);
		for (j = 0; frame && j < frame->loop_count; j++)
			if (frame->loops[j].tid == loop->tid)
				draw_height(style, line, column + (int)(width - 1 - i),
					    &frame->loops[j]);
	}
}

static const char *known_time(uint64_t ns, char *text)
{
	return ns == RECORD_UNKNOWN ? "-" : units_time(ns, text);
}

static int draw_loops(const struct top_history *history, const struct top_style *style, int line,
		      size_t lines)
{
	const struct top_frame *frame = history->shown;
	char p99[UNITS_LEN], max[UNITS_LEN], busy[UNITS_LEN];
	size_t i;

	if (!lines)
		return line;
	draw_titles(style, line++,
		    " event loop             turns   busy   lag p99       max stalls  longest lag");
	for (i = 0; i < frame->loop_count && i + 1 < lines; i++) {
		const struct top_loop *loop = &frame->loops[i];

		top_put(style, line, 1, NAME_COLUMNS - 6, loop->name);
		top_print(style, line, NAME_COLUMNS - 4, "%9llu %6s %9s %9s %6llu",
			  (unsigned long long)loop->iterations, units_share(loop->busy, busy),
			  known_time(loop->p99_ns, p99), known_time(loop->max_ns, max),
			  (unsigned long long)loop->stalls);
		draw_spark(history, loop, style, line++, NAME_COLUMNS + 41);
	}
	return line;
}

static int draw_locks(const struct top_frame *frame, const struct top_style *style, int line,
		      size_t lines)
{
	char time[UNITS_LEN];
	size_t i;

	if (!lines)
		return line;
	draw_titles(style, line++, "    waited   waits  lock");
	for (i = 0; i < frame->lock_count && i + 1 < lines; i++)
		top_print(style, line++, 0, " %9s %7llu  %s",
			  units_time(frame->locks[i].wait_ns, time),
			  (unsigned long long)frame->locks[i].waits, frame->locks[i].text);
	return line;
}

/* Those of the shown window and before, the latest first. Returns how many. */
static size_t collect_stalls(const struct top_history *history,
			     const struct top_stall *ret[STALLS_KEPT])
{
	size_t back = top_history_behind(history), count = 0, i;
	const struct top_frame *frame = history->shown;

	while (frame && count < STALLS_KEPT) {
		for (i = 0; i < frame->stall_count && count < STALLS_KEPT; i++)
			/* one that goes on is in each of its windows: the latest tells all */
			if (!frame->stalls[i].open || frame == history->shown)
				ret[count++] = &frame->stalls[i];
		frame = top_history_at(history, ++back);
	}
	return count;
}

static int draw_stalls(const struct top_stall *const *stalls, size_t count,
		       const struct top_style *style, int line, size_t lines)
{
	char when[UNITS_UTC_LEN], time[UNITS_LEN];
	size_t i;

	if (!lines)
		return line;
	draw_titles(style, line++, " stall at     length  thread   cause          where");
	for (i = 0; i < count && i + 1 < lines; i++)
		top_print(style, line++, 0, " %.*s %9s%s %-8u %-13s  %s", CLOCK_LEN,
			  units_utc(stalls[i]->at_unix_ns, when) + CLOCK_FROM,
			  units_time(stalls[i]->duration_ns, time), stalls[i]->open ? "+" : " ",
			  stalls[i]->tid, stalls[i]->cause, stalls[i]->text);
	return line;
}

static void draw_tables(struct top_view *view, const struct top_history *history,
			const struct top_style *style, int line)
{
	const struct top_frame *frame = history->shown;
	const struct top_stall *stalls[STALLS_KEPT];
	size_t stall_count = collect_stalls(history, stalls), lines[NR_TOP_PARTS];
	const size_t rows[NR_TOP_PARTS] = { view->process_count, view->thread_count,
					    frame->loop_count, frame->lock_count, stall_count };
	int room = LINES - 1 - line;

	top_divide(room > 0 ? (size_t)room : 0, rows, lines);
	line = draw_processes(view, style, line, lines[TOP_PROCESSES]);
	line = draw_threads(view, frame, style, line, lines[TOP_THREADS]);
	line = draw_loops(history, style, line, lines[TOP_LOOP_PART]);
	line = draw_locks(frame, style, line, lines[TOP_LOCK_PART]);
	draw_stalls(stalls, stall_count, style, line, lines[TOP_STALL_PART]);
}

/* ---- at the bottom --------------------------------------------------------------------------- */
/* At the right: what the watch costs, or what it lost. */
static void draw_quality(const struct top_frame *frame, const struct top_style *style, int line)
{
	char text[64] = "";

	if (frame && frame->lost)
		snprintf(text, sizeof(text), " lost %llu events ", (unsigned long long)frame->lost);
	else if (frame && !isnan(frame->cost))
		snprintf(text, sizeof(text), "  %.1f %%", 100 * frame->cost);
	top_put(style, line, COLS - (int)strlen(text), 0, text);
}

static void draw_bottom(const struct top_view *view, const struct top_frame *frame,
			const struct top_style *style)
{
	int line = LINES - 1;

	attron(A_REVERSE);
	mvhline(line, 0, ' ', COLS);
	if (view->message[0]) {
		top_put(style, line, 0, 0, view->message);
	} else if (view->filtering || view->filter[0]) {
		top_print(style, line, 0, "filter: %s%s", view->filter,
			  view->filtering ? "_   Enter keeps it, Esc removes it" :
					    "   Esc removes it");
	} else {
		top_print(style, line, 0,
			  "?help  q quit  s sort  /filter  space %s  <- -> past  Enter open%s",
			  view->plays ? "pause" : "freeze", view->plays ? "" : "  w trace");
		draw_quality(frame, style, line);
	}
	attroff(A_REVERSE);
}

void top_draw(struct top_view *view, const struct top_history *history,
	      const struct top_style *style)
{
	const struct top_frame *frame = history->shown;
	int line;

	erase();
	if (LINES < 8 || COLS < 40) {
		top_put(style, 0, 0, 0, "boundby top: 40 columns and 8 lines are needed");
	} else if (view->help) {
		top_draw_help(view, style, 0);
	} else if (frame) {
		draw_title(view, history, style);
		line = draw_verdict(frame, style, 1);
		line = draw_strip(history, style, line);
		if (view->opened)
			top_draw_opened(view, history, style, line);
		else
			draw_tables(view, history, style, line);
	} else {
		top_put(style, 0, 0, 0, "boundby top: the first window is being watched");
	}
	if (LINES >= 8)
		draw_bottom(view, frame, style);
	refresh();
}
