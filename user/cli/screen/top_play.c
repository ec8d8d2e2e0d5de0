// SPDX-License-Identifier: GPL-2.0-or-later
/* Plays a trace: its windows come as fast as they did, unless the user says otherwise. */
#include "cli/screen/top_play.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/live_run.h"
#include "cli/output.h"
#include "cli/traces/trace_input.h"
#include "lib/clock.h"
#include "lib/process/sandbox.h"
#include "pipeline.h"
#include "render/top/top.h"

#define LOOK_MS 100 /* how often it is looked whether it is to end */
#define FASTEST 64

struct play {
	const struct options *options;
	struct trace_input *input; /* all files; each run reads copies */
	struct top *top;
	uint64_t due_ns; /* when the next window is shown */
	uint64_t windows; /* of this run */
	uint64_t ahead_to; /* up to this window they come without waiting; 0: none */
	unsigned int speed;
	bool again; /* from the start, up to window ahead_to */
	bool quit;
};

static bool is_over(const struct play *play)
{
	return play->quit || play->again || live_stop;
}

static void change_speed(struct play *play, bool faster)
{
	char text[64];

	if (faster && play->speed < FASTEST)
		play->speed *= 2;
	else if (!faster && play->speed > 1)
		play->speed /= 2;
	snprintf(text, sizeof(text), "plays %u times as fast as it was recorded", play->speed);
	top_say(play->top, text);
}

/* Windows that are no longer kept come again when the trace is read again. */
static void go_back(struct play *play)
{
	uint64_t shown = top_number(play->top), steps = top_steps(play->top);

	if (shown <= 1) {
		top_say(play->top, "this is the start of the trace");
		return;
	}
	play->ahead_to = shown > steps ? shown - steps : 1;
	play->again = true;
}

static void take_keys(struct play *play)
{
	switch (top_keys(play->top)) {
	case TOP_QUIT:
		play->quit = true;
		break;
	case TOP_WRITE:
		top_say(play->top, "this is a trace already");
		break;
	case TOP_FORWARD:
		play->ahead_to = play->windows + top_steps(play->top);
		break;
	case TOP_BACK:
		go_back(play);
		break;
	case TOP_FASTER:
		change_speed(play, true);
		break;
	case TOP_SLOWER:
		change_speed(play, false);
		break;
	default:
		break;
	}
}

static void wait_for_keys(struct play *play, uint64_t most_ns)
{
	struct pollfd keys = { .fd = STDIN_FILENO, .events = POLLIN };
	uint64_t ms = most_ns / 1000000;

	poll(&keys, 1, ms < LOOK_MS ? (int)ms + 1 : LOOK_MS);
	take_keys(play);
}

/* Is this window one of those that are passed on the way to another one? */
static bool is_passed(struct play *play)
{
	if (!play->ahead_to)
		return false;
	if (play->windows < play->ahead_to)
		return true;
	play->ahead_to = 0;
	top_hold(play->top, true);
	return false;
}

static int on_window(void *arg, const struct report *report, struct err *e)
{
	struct play *play = arg;
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	play->windows++;
	if (play->ahead_to)
		top_hold(play->top, false);
	if (top_add(play->top, report))
		return err_set(e, ERR_FAILED, "out of memory");
	play->due_ns = now + report->model->duration_ns / play->speed;
	while (!is_over(play) && !is_passed(play)) {
		/* at the newest window a pause ends the flow; in the past it does so, too */
		if (!top_is_held(play->top) && now >= play->due_ns)
			break;
		if (play->ahead_to)
			break;
		wait_for_keys(play, now < play->due_ns ? play->due_ns - now : UINT64_MAX);
		now = clock_ns(CLOCK_MONOTONIC);
	}
	return is_over(play) ? err_set(e, ERR_FAILED, "it was ended") : 0;
}

/* A run reads copies, so that there may be another one. */
static struct trace_input *copy_input(const struct trace_input *input)
{
	struct trace_input *copy = calloc(1, sizeof(*copy));
	size_t i;

	if (!copy)
		return NULL;
	*copy = *input;
	copy->pids = NULL;
	copy->pid_count = 0;
	memset(copy->names, 0, sizeof(copy->names));
	for (i = 0; i < input->count; i++) {
		copy->fds[i] = fcntl(input->fds[i], F_DUPFD_CLOEXEC, 3);
		copy->names[i] = strdup(input->names[i]);
		if (copy->names[i] && copy->fds[i] >= 0)
			continue;
		copy->count = i + 1;
		trace_input_free(copy);
		free(copy);
		return NULL;
	}
	return copy;
}

/* From the first window to the last, or to what ends it. 0, or -1 with e filled. */
static int run_once(struct play *play, struct err *e)
{
	enum verdict_class class = VERDICT_INSUFFICIENT;
	struct trace_input *input = copy_input(play->input);
	struct verdict_settings settings;
	struct pipeline pipeline = { .settings = &settings,
				     .each_interval = true,
				     .interval_ns = play->options->interval_ns,
				     .take = on_window,
				     .take_arg = play };
	int result = -1;

	if (!input)
		return err_set(e, ERR_FAILED, "out of memory, or too many files");
	if (!trace_input_open(input, play->options, 0, &settings, &pipeline.source, e)) {
		result = pipeline_run(&pipeline, &class, e);
		pipeline.source->ops->close(pipeline.source);
	}
	trace_input_free(input);
	free(input);
	return result;
}

/* Plays until the user quits; behind the last window it waits. */
static int play_all(struct play *play, struct err *e)
{
	int result;

	do {
		play->again = false;
		play->windows = 0;
		result = run_once(play, e);
		if (result && !is_over(play))
			return -1;
		if (!is_over(play)) {
			play->ahead_to = 0;
			top_say(play->top, "the end of the trace; q quits, Home plays it again");
		}
		while (!is_over(play))
			wait_for_keys(play, UINT64_MAX);
		if (play->again)
			top_forget(play->top);
	} while (play->again && !play->quit && !live_stop);
	return 0;
}

int top_play(const struct options *options, struct err *e)
{
	struct trace_input *input = calloc(1, sizeof(*input));
	struct play play = { .options = options, .input = input, .speed = 1 };
	struct render_options render;
	int i, result = input ? 0 : err_set(e, ERR_FAILED, "out of memory");

	output_options(options, stdout, &render);
	for (i = 0; i < options->rest_count && !result; i++)
		result = trace_input_add(input, options->rest[i], e);
	tzset(); /* the zone's file, as that of the terminal, cannot be opened later */
	if (!result)
		result = top_open(&(struct top_config){ .colour = render.colour, .plays = true },
				  &play.top, e);
	if (!result)
		result = sandbox_enter_layers(SANDBOX_ALL | SANDBOX_SCREEN, e);
	if (!result)
		result = play_all(&play, e);
	top_close(play.top);
	if (input)
		trace_input_free(input);
	free(input);
	return result;
}
