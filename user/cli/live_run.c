// SPDX-License-Identifier: GPL-2.0-or-later
/* Opens a live source and runs the pipeline on it. Receives options; hands on the verdict. */
#include "cli/live_run.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pipeline.h"

/* Windows of the timeline when no interval is asked for: a second, or ten of a short watch. */
#define WINDOW_NS 1000000000ULL
#define WINDOW_LEAST_NS 250000000ULL
#define WINDOWS_OF_A_WATCH 10

volatile int live_stop;

static void on_signal(int number)
{
	(void)number;
	live_stop = 1;
}

void live_catch_signals(bool ignore_interrupt)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGTERM, &action, NULL);
	if (ignore_interrupt)
		action.sa_handler = SIG_IGN;
	sigaction(SIGINT, &action, NULL);
}

static bool wants_colour(FILE *out)
{
	const char *terminal = getenv("TERM"), *no_colour = getenv("NO_COLOR");

	return isatty(fileno(out)) && !(no_colour && *no_colour) && terminal &&
	       strcmp(terminal, "dumb");
}

static uint64_t window_of(uint64_t duration_ns)
{
	uint64_t part = duration_ns / WINDOWS_OF_A_WATCH;

	if (!duration_ns || part > WINDOW_NS)
		return WINDOW_NS;
	return part < WINDOW_LEAST_NS ? WINDOW_LEAST_NS : part;
}

static size_t width_of(FILE *out)
{
	struct winsize size;

	return isatty(fileno(out)) && !ioctl(fileno(out), TIOCGWINSZ, &size) ? size.ws_col : 0;
}

int live_run(const struct options *options, const struct live_config *config, FILE *out,
	     enum verdict_class *ret_class, struct err *e)
{
	struct render_options render = { .colour = !options->json && wants_colour(out),
					 .one_line = options->interval_ns != 0,
					 .verbose = options->verbose,
					 .width = width_of(out) };
	struct pipeline pipeline = { .settings = &options->verdict,
				     .render = options->json ? render_json : render_text,
				     .render_options = &render,
				     .out = out,
				     .each_interval = options->interval_ns != 0 };
	struct live_config live = *config;
	int result;

	live.follow_children = !options->no_children;
	live.depth = options->depth;
	live.duration_ns = options->duration_ns;
	live.stall_ns = options->stall_ns;
	live.interval_ns = options->interval_ns;
	live.window_ns = options->interval_ns ? options->interval_ns :
						window_of(options->duration_ns);
	live.stop = &live_stop;
	live.verbose = options->verbose > 1;
	if (source_live_open(&live, &pipeline.source, e))
		return -1;
	result = pipeline_run(&pipeline, ret_class, e);
	pipeline.source->ops->close(pipeline.source);
	return result;
}
