/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the lists of commands and options look like to a reader and to a shell. */
#ifndef BOUNDBY_CLI_HELP_H
#define BOUNDBY_CLI_HELP_H

#include <stdio.h>

#include "cli/options/option_rows.h"

#define HELP_LEN 512

/*
 * The help of an option with its choices, and with the commands that take it in front unless command
 * names one of them (NR_COMMANDS: none). Returns text, which holds HELP_LEN bytes.
 */
const char *help_of_option(const struct option_row *row, enum command_id command, char *text);

/* The usage of everything, or of one command. */
void help_print(enum command_id topic, FILE *out);

/* The manual page, for man(7). */
void manual_print(const char *version, FILE *out);

/* A script for one of shell_name(). Returns 0, or -1 when there is none for this shell. */
int completion_print(const char *shell, FILE *out);

#endif
