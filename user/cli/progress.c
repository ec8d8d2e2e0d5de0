// SPDX-License-Identifier: GPL-2.0-or-later
/* Draws one line again and again, no wider than an ordinary terminal. */
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/units.h"
#include "trace/source_file.h"

#define QUIET_NS 500000000ULL /* reading that is done by then needs no line */
#define WIDTH 79

/* "PID 12", "nginx and 2 more": as the user named the target. Returns text. */
static char *target(const struct options *options, char *text, size_t size)
{
	size_t count = options->pid_count + options->tid_count + options->name_count +
		       options->cgroup_count;
	char more[32] = "";

	if (count > 1)
		snprintf(more, sizeof(more), " and %zu more", count - 1);
	if (options->all)
		snprintf(text, size, "the host");
	else if (options->pid_count)
		snprintf(text, size, "PID %d%s", options->pids[0], more);
	else if (options->tid_count)
		snprintf(text, size, "TID %d%s", options->tids[0], more);
	else
		snprintf(text, size, "%.24s%s",
			 options->name_count ? options->names[0] : options->cgroups[0], more);
	return text;
}

/* Replaces the line. */
static void draw(struct progress *progress, const char *line)
{
	char clean[WIDTH + 1];

	units_printable(line, strlen(line), clean, sizeof(clean));
	fprintf(stderr, "\r\033[K%s", clean);
	fflush(stderr);
	progress->shown = true;
}

static void draw_watch(struct progress *progress, const struct timeline *timeline)
{
	const struct options *options = progress->watch;
	uint64_t gone = clock_ns(CLOCK_MONOTONIC) - progress->since_ns;
	char line[256], what[96], so_far[48] = "";
	bool record = options->command == COMMAND_RECORD;

	if (timeline && timeline->count)
		snprintf(so_far, sizeof(so_far), ", %s so far",
			 verdict_class_name(timeline_mostly(timeline)));
	snprintf(line, sizeof(line), "%s %s: %.0f s left%s; Ctrl-C ends %s",
		 record ? "recording" : "watching", target(options, what, sizeof(what)),
		 gone < options->duration_ns ? (double)(options->duration_ns - gone) / 1e9 : 0,
		 so_far, record ? "the recording" : "with the report");
	draw(progress, line);
}

void progress_watch(struct progress *ret, const struct options *options)
{
	*ret = (struct progress){ .watch = options,
				  .terminal = isatty(STDERR_FILENO) &&
					      options->command != COMMAND_RUN,
				  .since_ns = clock_ns(CLOCK_MONOTONIC) };
	if (ret->terminal)
		draw_watch(ret, NULL);
}

void progress_read(struct progress *ret, const struct source *file)
{
	*ret = (struct progress){ .file = file,
				  .terminal = isatty(STDERR_FILENO),
				  .since_ns = clock_ns(CLOCK_MONOTONIC) };
}

void progress_show(void *arg, const struct timeline *timeline)
{
	struct progress *progress = arg;
	char line[48];

	if (!progress->terminal)
		return;
	if (progress->watch) {
		draw_watch(progress, timeline);
	} else if (clock_ns(CLOCK_MONOTONIC) - progress->since_ns > QUIET_NS) {
		snprintf(line, sizeof(line), "reading: %.0f %%",
			 100 * source_file_progress(progress->file));
		draw(progress, line);
	}
}

void progress_clear(void *arg)
{
	struct progress *progress = arg;

	if (!progress->shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	progress->shown = false;
}
