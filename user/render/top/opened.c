// SPDX-License-Identifier: GPL-2.0-or-later
/* One thread or process in detail, and the help. */
#include <ncurses.h>
#include <string.h>

#include "lib/state_names.h"
#include "lib/units.h"
#include "render/top/draw.h"

#define BAR_COLUMNS 30

static const struct top_row *find(const struct top_view *view, const struct top_frame *frame)
{
	const struct top_rows *rows = view->open_tid ? &frame->threads : &frame->processes;
	size_t i;

	for (i = 0; i < rows->count; i++)
		if (rows->list[i].pid == view->open_pid && rows->list[i].tid == view->open_tid)
			return &rows->list[i];
	return NULL;
}

/* Each state that took time, in the order of the list. */
static int draw_states(const struct top_row *row, const struct top_style *style, int line)
{
	char time[UNITS_LEN], share[UNITS_LEN];
	uint64_t alone[NR_STATES];
	uint32_t s;
	size_t i;
	uint32_t cells[BAR_COLUMNS];

	for (s = 0; s < NR_STATES && line < LINES - 1; s++) {
		if (!row->ns[s])
			continue;
		memset(alone, 0, sizeof(alone));
		alone[s] = row->ns[s];
		top_bar(alone, row->wall_ns, BAR_COLUMNS, cells);
		top_print(style, line, 1, "%6s %9s  %-11s",
			  units_share((double)row->ns[s] / (double)row->wall_ns, share),
			  units_time(row->ns[s], time), state_name(s));
		for (i = 0; i < BAR_COLUMNS && cells[i] != NR_STATES; i++)
			top_put_state(style, line, 31 + (int)i, s);
		top_put(style, line++, 32 + BAR_COLUMNS, 0, state_meaning(s));
	}
	return line;
}

static int draw_places(const struct top_row *row, const struct top_frame *frame,
		       const struct top_style *style, int line)
{
	char time[UNITS_LEN];
	size_t i;

	for (i = 0; i < frame->standing_count; i++)
		if (frame->standing[i].pid == row->pid &&
		    (!row->is_thread || frame->standing[i].tid == row->tid))
			top_print(style, line++, 1, "waits all the time at %s",
				  frame->standing[i].where);
	for (i = 0; i < frame->place_count; i++)
		if (frame->places[i].pid == row->pid &&
		    (!row->is_thread || row->ns[frame->places[i].state]))
			top_print(style, line++, 1, "%9s  %-11s at %s%s",
				  units_time(frame->places[i].ns, time),
				  state_name(frame->places[i].state), frame->places[i].where,
				  row->is_thread ? "  (its process)" : "");
	return line;
}

static int draw_wakers(const struct top_row *row, const struct top_style *style, int line)
{
	char time[UNITS_LEN], by[48];
	size_t i;

	for (i = 0; i < row->waker_count; i++) {
		const struct waker_model *waker = &row->wakers[i];

		if (waker->tid)
			snprintf(by, sizeof(by), "thread %u of process %u", waker->tid, waker->pid);
		else
			snprintf(by, sizeof(by), "the kernel, or several");
		top_print(style, line++, 1, "%9s  %6llu wakeups from %s by %s",
			  units_time(waker->ns, time), (unsigned long long)waker->count,
			  waker->state ? state_name(waker->state) : "any wait", by);
	}
	return line;
}

static void draw_own_stalls(const struct top_row *row, const struct top_history *history,
			    const struct top_style *style, int line)
{
	size_t back = top_history_behind(history), i;
	const struct top_frame *frame = history->shown;
	char time[UNITS_LEN];

	for (; frame && line < LINES - 1; frame = top_history_at(history, ++back))
		for (i = 0; i < frame->stall_count && line < LINES - 1; i++)
			if (frame->stalls[i].tid == row->tid)
				top_print(style, line++, 1, "stall of %s, %s: %s",
					  units_time(frame->stalls[i].duration_ns, time),
					  frame->stalls[i].cause, frame->stalls[i].text);
}

void top_draw_opened(const struct top_view *view, const struct top_history *history,
		     const struct top_style *style, int line)
{
	const struct top_row *row = find(view, history->shown);

	if (!row) {
		top_put(style, line, 1, 0,
			"it is not in this window: ended, or not yet there; Esc goes back");
		return;
	}
	attron(A_BOLD);
	top_print(style, line++, 1, "%s, %s   (Esc goes back)", row->name,
		  verdict_class_name(row->class));
	attroff(A_BOLD);
	line = draw_states(row, style, line);
	line = draw_places(row, history->shown, style, line);
	line = draw_wakers(row, style, line);
	if (row->is_thread)
		draw_own_stalls(row, history, style, line);
}

static const struct {
	const char *key, *does;
	bool plays_only, live_only;
} keys[] = {
	{ "up, down, j, k, PgUp, PgDn", "choose a process or thread", false, false },
	{ "Enter", "open it: states, places, wakers, stalls; Esc goes back", false, false },
	{ "s", "sort by: hurts, on CPU, queued, waiting, switches, name", false, false },
	{ "/", "show rows whose name or class contains a text", false, false },
	{ "space", "freeze or pause, go on", false, false },
	{ "left, right", "a window back or on; [ ] 10 windows, { } 60", false, false },
	{ "Home, End", "the oldest, the newest", false, false },
	{ "+, -", "play faster, slower", true, false },
	{ "w", "write the last two minutes into a trace file here", false, true },
	{ "q", "quit", false, false },
};

void top_draw_help(const struct top_view *view, const struct top_style *style, int line)
{
	size_t i, used = 0;
	char letter, names[NR_STATES * 24] = "";
	uint32_t s;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!(keys[i].plays_only && !view->plays) && !(keys[i].live_only && view->plays))
			top_print(style, line++, 0, " %-27s %s", keys[i].key, keys[i].does);
	top_put(style, ++line, 1, 0,
		"Bars and the strip, one letter for what most of the work is (strip: B loop-blocked, X hung):");
	for (s = 0; s < NR_STATES && ++line < LINES - 1; s++) {
		letter = top_state_letter(s);
		if (letter == '.' || s == STATE_UNOBSERVED) {
			line--;
			continue;
		}
		top_put_state(style, line, 2, s);
		top_print(style, line, 4, "%-11s %s", state_name(s), state_meaning(s));
	}
	for (s = 0; s < NR_STATES; s++)
		if (top_state_letter(s) == '.')
			used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
						 used ? ", " : "", state_name(s));
	top_print(style, line, 2, ". %s", names);
}
