// SPDX-License-Identifier: GPL-2.0-or-later
/* Chooses the output form from options and stream, and makes files for results. */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
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

FILE *output_create(const char *name, struct err *e)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");

	if (!out)
		err_set(e, ERR_FAILED, "cannot create '%s': %s; %s", name, strerror(errno),
			errno == EEXIST ? "refusing to overwrite it; give another name" :
					  "give a directory where files can be created");
	return out;
}
