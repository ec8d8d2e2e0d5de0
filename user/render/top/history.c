// SPDX-License-Identifier: GPL-2.0-or-later
/* A ring of frames, with a position in it. */
#include "render/top/history.h"

#include <string.h>

static struct top_frame **slot(struct top_history *history, uint64_t number)
{
	return &history->frames[(number - 1) % TOP_HISTORY];
}

static void show(struct top_history *history, struct top_frame *frame)
{
	history->shown = frame;
	if (history->orphan && history->orphan != frame) {
		top_frame_free(history->orphan);
		history->orphan = NULL;
	}
}

void top_history_add(struct top_history *history, struct top_frame *frame)
{
	struct top_frame **to;

	if (history->count)
		top_frame_trim(*slot(history, history->count));
	to = slot(history, ++history->count);
	if (*to && *to == history->shown)
		history->orphan = *to;
	else
		top_frame_free(*to);
	*to = frame;
	if (!history->held || !history->shown)
		show(history, frame);
}

void top_history_free(struct top_history *history)
{
	size_t i;

	for (i = 0; i < TOP_HISTORY; i++)
		top_frame_free(history->frames[i]);
	top_frame_free(history->orphan);
	memset(history, 0, sizeof(*history));
}

size_t top_history_length(const struct top_history *history)
{
	return history->count < TOP_HISTORY ? (size_t)history->count : TOP_HISTORY;
}

const struct top_frame *top_history_at(const struct top_history *history, size_t back)
{
	if (back >= top_history_length(history))
		return NULL;
	return history->frames[(history->count - 1 - back) % TOP_HISTORY];
}

size_t top_history_behind(const struct top_history *history)
{
	size_t back;

	for (back = 0; back < top_history_length(history); back++)
		if (top_history_at(history, back) == history->shown)
			return back;
	return back;
}

long top_history_step(struct top_history *history, long steps)
{
	long length = (long)top_history_length(history);
	long back = (long)top_history_behind(history) - steps, left = 0;

	if (!length)
		return 0;
	if (back < 0)
		left = -back;
	else if (back >= length)
		left = length - 1 - back;
	back += left;
	history->held = true;
	show(history, history->frames[(history->count - 1 - (uint64_t)back) % TOP_HISTORY]);
	return left;
}

void top_history_hold(struct top_history *history, bool hold)
{
	history->held = hold;
	if (!hold && history->count)
		show(history, *slot(history, history->count));
}
