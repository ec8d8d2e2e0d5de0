// SPDX-License-Identifier: GPL-2.0-or-later
/* Chooses the output form from options and stream. */
#include "cli/output.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool wants_colour(FILE *out)
{
	const char *terminal = getenv("TERM"), *no_colour = getenv("NO_COLOR");

	return isatty(fileno(out)) && !(no_colour && *no_colour) && terminal &&
	       strcmp(terminal, "dumb");
}

static size_t width_of(FILE *out)
{
	struct winsize size;

	return isatty(fileno(out)) && !ioctl(fileno(out), TIOCGWINSZ, &size) ? size.ws_col : 0;
}

void output_options(const struct options *options, FILE *out, struct render_options *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->colour = !options->json && wants_colour(out);
	ret->one_line = options->interval_ns != 0;
	ret->verbose = options->verbose;
	ret->width = width_of(out);
}
