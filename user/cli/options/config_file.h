/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of `boundby watch --config`: one option a line, `NAME = VALUE`, or `NAME` for one that takes no
 * value, by the long names of the command line; '#' begins a line that is a comment. What the command
 * line says comes first.
 */
#ifndef BOUNDBY_CLI_CONFIG_FILE_H
#define BOUNDBY_CLI_CONFIG_FILE_H

#include "cli/options/option_set.h"

#define CONFIG_FILE_MAX_BYTES 65536

/*
 * Reads the options that the command line, which is in options already, has not given. has_target: it
 * named targets, so that those of the file do not count. Fills config_text, which options then point into
 * and the caller frees, and config_values. 0, or -1 with e filled: one sentence with file and line.
 */
int config_file_read(const char *path, bool has_target, struct options *options, struct err *e);

/*
 * Names the rows that differ between two readings, those that a running watch takes on (reloads) or
 * those that it does not: "budget, set". Returns text, which holds size bytes; "" when there are none.
 */
const char *config_file_changes(const struct options *before, const struct options *after,
				bool reloads, char *text, size_t size);

#endif
