/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a flight recorder's directory is read: it holds a recording for each time that the watch
 * was started, and incidents. Receives all its files; leaves those of one recording.
 */
#ifndef BOUNDBY_CLI_TRACE_CHOICE_H
#define BOUNDBY_CLI_TRACE_CHOICE_H

#include "cli/trace_input.h"

/* The moments that the options ask for on one side; NULL: not given. */
struct trace_wanted {
	const struct when *at, *from, *to;
};
void trace_wanted(const struct options *options, size_t side, struct trace_wanted *ret);

/*
 * Closes the files that are not wanted: of segments all but those of the recording that holds
 * most of the range, and of equals the newest; incidents, which tell once more what is in a segment, unless no segment holds
 * it any more. Says on stderr what is left out. 0, or -1 with e filled: none holds the range.
 */
int trace_choose(struct trace_input *input, const struct options *options, size_t side,
		 struct err *e);

#endif
