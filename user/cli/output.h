/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a report is printed to a stream: colour, width. */
#ifndef BOUNDBY_CLI_OUTPUT_H
#define BOUNDBY_CLI_OUTPUT_H

#include <stdio.h>

#include "cli/options/options.h"
#include "render/report.h"

/* Colour only on a terminal that has it and where NO_COLOR is not set. */
void output_options(const struct options *options, FILE *out, struct render_options *ret);

/* A new file for a result, which only its owner may read; NULL with e filled. */
FILE *output_create(const char *name, struct err *e);

#endif
