/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line: argv, and the file that --config names, become struct options or a sentence;
 * nothing here exits, prints or checks rights. commands.h and option_rows.h list what there is.
 */
#ifndef BOUNDBY_CLI_OPTIONS_H
#define BOUNDBY_CLI_OPTIONS_H

#include <stdio.h>

#include "cli/options/option_set.h"

/* Parses argv. 0, or -1 with e filled (ERR_USAGE). Strings point into argv and config_text. */
int options_parse(int argc, char **argv, struct options *ret, struct err *e);

/* Do the options fit together, and with their command? 0, or -1 with e filled. */
int options_check(const struct options *options, struct err *e);

#endif
