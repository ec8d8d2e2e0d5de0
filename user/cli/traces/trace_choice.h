/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which files of a flight recorder's directory are read: it contains a recording per start of the
 * watch, and incidents. Given all its files, keeps those of one recording.
 */
#ifndef BOUNDBY_CLI_TRACE_CHOICE_H
#define BOUNDBY_CLI_TRACE_CHOICE_H

#include "cli/options/options.h"
#include "cli/traces/trace_files.h"

/* The moments that the options ask for on one side; NULL: not given. */
struct trace_wanted {
	const struct when *at, *from, *to;
};
void trace_wanted(const struct options *options, size_t side, struct trace_wanted *ret);

/*
 * Closes the files that are not wanted: of segments all but those of the recording that contains
 * most of the range, and among equals the newest; incidents, which repeat what is in a segment,
 * unless no segment contains it any more. Prints on stderr what is left out. 0, or -1 with e
 * filled: none contains the range.
 */
int trace_choose(struct trace_input *input, const struct options *options, size_t side,
		 struct err *e);

#endif
