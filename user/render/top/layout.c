// SPDX-License-Identifier: GPL-2.0-or-later
/* Forms bars, sparklines and sizes for the live screen. */
#include "render/top/layout.h"

#include <string.h>

#include "lib/state_names.h"
#include "trace/record.h"

static const char letters[NR_STATES] = {
	[STATE_UNOBSERVED] = '?', [STATE_ON_CPU] = 'C',	   [STATE_RUNNABLE_WAKEUP] = 'R',
	[STATE_NETWORK] = 'N',	  [STATE_REQUEST] = '.',   [STATE_RUNNABLE_PREEMPTED] = 'P',
	[STATE_DISK] = 'D',	  [STATE_POLL_IDLE] = '.', [STATE_POLL_IO] = 'E',
	[STATE_IPC] = 'I',	  [STATE_LOCK] = 'L',	   [STATE_GIL] = 'G',
	[STATE_CONDITION] = '.',  [STATE_SLEEP] = '.',	   [STATE_CHILD] = 'H',
	[STATE_PAGE_FAULT] = 'F', [STATE_KERNEL] = 'K',	   [STATE_STOPPED] = 'T',
	[STATE_OTHER] = '?',
};

char top_state_letter(uint32_t state)
{
	if (state == NR_STATES)
		return '.';
	return state < NR_STATES && letters[state] ? letters[state] : '?';
}

uint32_t top_mostly(const uint64_t ns[NR_STATES])
{
	uint32_t s, most = NR_STATES;

	for (s = 0; s < NR_STATES; s++)
		if (state_is_work(s) && ns[s] && (most == NR_STATES || ns[s] > ns[most]))
			most = s;
	return most;
}

/* ---- bars ------------------------------------------------------------------------------------ */
/* In this order from the left. */
static const enum state_group bar_groups[] = { GROUP_CPU, GROUP_READY,	GROUP_WAIT, GROUP_IO,
					       GROUP_GAP, GROUP_UNTOLD, GROUP_REST };

void top_bar(const uint64_t ns[NR_STATES], uint64_t wall_ns, size_t width, uint32_t *cells)
{
	size_t g, used = 0, end;
	double sum = 0;
	uint32_t s;

	/* the cells up to the end of a state are the rounded sum up to there: no cell is lost */
	for (g = 0; g < sizeof(bar_groups) / sizeof(bar_groups[0]) && wall_ns; g++)
		for (s = 0; s < NR_STATES; s++) {
			if (state_group(s) != bar_groups[g] || !ns[s])
				continue;
			sum += (double)ns[s];
			end = (size_t)(sum / (double)wall_ns * (double)width + 0.5);
			while (used < end && used < width)
				cells[used++] = s;
		}
	while (used < width)
		cells[used++] = NR_STATES;
}

unsigned int top_spark(uint64_t ns)
{
	static const uint64_t from_ns[TOP_SPARK_HEIGHTS - 1] = { 100000,   316000,   1000000,
								 3160000,  10000000, 31600000,
								 100000000 };
	unsigned int height = 0;

	if (ns == RECORD_UNKNOWN)
		return 0;
	while (height < TOP_SPARK_HEIGHTS - 1 && ns >= from_ns[height])
		height++;
	return height;
}

/* ---- room ------------------------------------------------------------------------------------ */
void top_divide(size_t lines, const size_t rows[NR_TOP_PARTS], size_t ret[NR_TOP_PARTS])
{
	size_t left = lines, i, more;
	/* as much as each may take before threads have what is left */
	size_t most[NR_TOP_PARTS] = { lines / 4, 0, lines / 6, lines / 6, lines / 5 };

	memset(ret, 0, NR_TOP_PARTS * sizeof(*ret));
	for (i = 0; i < NR_TOP_PARTS; i++)
		if (rows[i] && left >= 2) {
			ret[i] = 2;
			left -= 2;
		}
	for (i = 0; i < NR_TOP_PARTS; i++) {
		if (!ret[i] || i == TOP_THREADS)
			continue;
		for (; left && ret[i] < rows[i] + 1 && ret[i] < most[i]; left--)
			ret[i]++;
	}
	for (i = TOP_THREADS; ret[i] && left && ret[i] < rows[i] + 1; left--)
		ret[i]++;
	/* few threads: the others may show more */
	for (i = 0; i < NR_TOP_PARTS; i++) {
		if (!ret[i])
			continue;
		more = rows[i] + 1 - ret[i];
		more = more < left ? more : left;
		ret[i] += more;
		left -= more;
	}
}
