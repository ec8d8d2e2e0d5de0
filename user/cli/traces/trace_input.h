/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What report, diff and export share: from names of traces and ranges to a source, safely. */
#ifndef BOUNDBY_CLI_TRACE_INPUT_H
#define BOUNDBY_CLI_TRACE_INPUT_H

#include "cli/options/options.h"
#include "cli/traces/trace_files.h"
#include "trace/source_file.h"

/*
 * Makes a source of all files and chooses range number `side` of the options in it. Fills
 * *settings from the options' own and, where they set nothing, from what was recorded. The
 * sandbox is entered by then. 0, or -1 with e filled.
 */
int trace_input_open(struct trace_input *input, const struct options *options, size_t side,
		     struct verdict_settings *settings, struct source **ret, struct err *e);

/* Says on stderr what of the range could not be read, if anything. */
void trace_input_note_damage(const struct source *source);

#endif
