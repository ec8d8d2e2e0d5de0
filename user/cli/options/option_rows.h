/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of options. */
#ifndef BOUNDBY_CLI_OPTION_ROWS_H
#define BOUNDBY_CLI_OPTION_ROWS_H

#include "cli/options/option_row.h"

extern const struct option_row option_rows[];
extern const size_t option_row_count;

#define OPTION_COMMANDS_LEN 64
/*
 * The one or two commands that an option is for: "attach, record"; "" when there are more. Returns
 * text, which holds OPTION_COMMANDS_LEN bytes.
 */
const char *option_commands(const struct option_row *row, char *text);

#endif
