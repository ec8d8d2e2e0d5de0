// SPDX-License-Identifier: GPL-2.0-or-later
/* Keys of the live screen. */
#include "render/top/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ESCAPE 27
#define LEAP 10 /* windows */

int top_view_select(struct top_view *view, const struct top_frame *frame)
{
	size_t rows;

	top_view_free(view);
	if (!frame)
		return 0;
	view->processes = calloc(frame->processes.count + 1, sizeof(*view->processes));
	view->threads = calloc(frame->threads.count + 1, sizeof(*view->threads));
	if (!view->processes || !view->threads) {
		top_view_free(view);
		return -ENOMEM;
	}
	view->process_count =
		top_select(&frame->processes, view->sort, view->filter, view->processes);
	view->thread_count = top_select(&frame->threads, view->sort, view->filter, view->threads);
	rows = view->process_count + view->thread_count;
	if (view->cursor >= rows)
		view->cursor = rows ? rows - 1 : 0;
	return 0;
}

void top_view_free(struct top_view *view)
{
	free(view->processes);
	free(view->threads);
	view->processes = view->threads = NULL;
	view->process_count = view->thread_count = 0;
}

const struct top_row *top_view_row(const struct top_view *view)
{
	if (view->cursor < view->process_count)
		return view->processes[view->cursor];
	if (view->cursor < view->process_count + view->thread_count)
		return view->threads[view->cursor - view->process_count];
	return NULL;
}

static void move(struct top_view *view, long by)
{
	size_t rows = view->process_count + view->thread_count;
	long to = (long)view->cursor + by;

	view->cursor = to < 0 ? 0 : to >= (long)rows ? (rows ? rows - 1 : 0) : (size_t)to;
}

static void type_filter(struct top_view *view, int key)
{
	size_t length = strlen(view->filter);

	if (key == '\n' || key == '\r') {
		view->filtering = false;
	} else if (key == ESCAPE) {
		view->filtering = false;
		view->filter[0] = '\0';
	} else if (key == TOP_KEY_BACKSPACE) {
		if (length)
			view->filter[length - 1] = '\0';
	} else if (key >= ' ' && key < 127 && length + 1 < sizeof(view->filter)) {
		view->filter[length] = (char)key;
		view->filter[length + 1] = '\0';
	}
	view->cursor = 0;
}

static void open_row(struct top_view *view)
{
	const struct top_row *row = top_view_row(view);

	if (!row)
		return;
	view->opened = true;
	view->open_pid = row->pid;
	view->open_tid = row->is_thread ? row->tid : 0;
}

/* Steps in the past, and in a trace also beyond what is kept of it. */
static enum top_action step(struct top_view *view, struct top_history *history, long windows)
{
	long left = top_history_step(history, windows);

	view->steps = (unsigned long)(left < 0 ? -left : left);
	if (!left)
		return TOP_NOTHING;
	if (view->plays)
		return left > 0 ? TOP_FORWARD : TOP_BACK;
	snprintf(view->message, sizeof(view->message), "%s",
		 left > 0 ? "this is the newest window; space goes on" :
			    "this is the oldest window that is kept");
	return TOP_NOTHING;
}

/* Leaves what is over the table, then the past. */
static void leave(struct top_view *view, struct top_history *history)
{
	if (view->help)
		view->help = false;
	else if (view->opened)
		view->opened = false;
	else if (view->filter[0])
		view->filter[0] = '\0';
	else
		top_history_hold(history, false);
}

static enum top_action move_in_time(struct top_view *view, struct top_history *history, int key)
{
	long kept = TOP_HISTORY;

	switch (key) {
	case TOP_KEY_LEFT:
		return step(view, history, -1);
	case TOP_KEY_RIGHT:
		return step(view, history, 1);
	case '[':
		return step(view, history, -LEAP);
	case ']':
		return step(view, history, LEAP);
	case '{':
		return step(view, history, -6 * LEAP);
	case '}':
		return step(view, history, 6 * LEAP);
	case TOP_KEY_HOME:
		view->steps = (unsigned long)-1;
		top_history_step(history, -kept);
		return view->plays ? TOP_BACK : TOP_NOTHING;
	case TOP_KEY_END:
		top_history_hold(history, false);
		break;
	default:
		break;
	}
	return TOP_NOTHING;
}

static enum top_action ask(int key)
{
	switch (key) {
	case 'q':
	case 'Q':
		return TOP_QUIT;
	case 'w':
		return TOP_WRITE;
	case '+':
		return TOP_FASTER;
	case '-':
		return TOP_SLOWER;
	default:
		return TOP_NOTHING;
	}
}

enum top_action top_view_key(struct top_view *view, struct top_history *history, int key)
{
	long page = view->page ? (long)view->page : 1;

	view->message[0] = '\0';
	if (view->filtering) {
		type_filter(view, key);
		return TOP_NOTHING;
	}
	switch (key) {
	case TOP_KEY_UP:
	case 'k':
		move(view, -1);
		break;
	case TOP_KEY_DOWN:
	case 'j':
		move(view, 1);
		break;
	case TOP_KEY_PAGE_UP:
		move(view, -page);
		break;
	case TOP_KEY_PAGE_DOWN:
		move(view, page);
		break;
	case 's':
		view->sort = (enum top_sort)((view->sort + 1) % NR_TOP_SORTS);
		view->cursor = 0;
		break;
	case '/':
		view->filtering = true;
		break;
	case ' ':
		top_history_hold(history, !history->held);
		break;
	case '\n':
	case '\r':
		open_row(view);
		break;
	case '?':
	case 'h':
		view->help = !view->help;
		break;
	case ESCAPE:
		leave(view, history);
		break;
	default:
		view->steps = 0;
		if (ask(key) != TOP_NOTHING)
			return ask(key);
		return move_in_time(view, history, key);
	}
	return TOP_NOTHING;
}
