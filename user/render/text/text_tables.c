// SPDX-License-Identifier: GPL-2.0-or-later
/* The tables of the text report: few rows unless verbose. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "lib/state_names.h"
#include "lib/units.h"
#include "render/text/text_parts.h"
#include "verdict/causes/stalls.h"
#include "verdict/words/wording.h"

#define MAX_LOOPS 4
#define MAX_STALLS 3
#define MAX_LOCKS 4
#define MAX_WAITS 12 /* of a process */

static const char *known_time(uint64_t ns, char *text)
{
	return ns == RECORD_UNKNOWN ? "-" : units_time(ns, text);
}

static void print_locks(const struct report *report, const struct render_options *options,
			FILE *out)
{
	const struct model *model = report->model;
	size_t limit = options->verbose ? SIZE_MAX : MAX_LOCKS, i, j, shown = 0;
	char time[UNITS_LEN], longest[UNITS_LEN], detail[128];

	for (i = 0; i < model->process_count; i++)
		for (j = 0; j < model->processes[i].lock_count && shown < limit; j++) {
			const struct lock_model *lock = &model->processes[i].locks[j];

			if (!lock->contention && !options->verbose)
				break;
			if (!shown++)
				fprintf(out, "\n%s  waited %9s %9s   lock%s\n", BOLD(options),
					"waits", "max", PLAIN(options));
			wording_lock(&model->processes[i], lock, 1, detail, sizeof(detail));
			fprintf(out, "  %9s %6llu %9s   %s%s\n", units_time(lock->wait_ns, time),
				(unsigned long long)lock->waits,
				known_time(longest_ns(&lock->longest), longest), detail,
				lock->contention ? "" : " (no contention)");
		}
}

static void print_loops(const struct report *report, const struct render_options *options,
			FILE *out)
{
	const struct model *model = report->model;
	size_t limit = options->verbose ? SIZE_MAX : MAX_LOOPS, i, j, shown = 0;
	char p50[UNITS_LEN], p99[UNITS_LEN], max[UNITS_LEN], stalled[UNITS_LEN], busy[UNITS_LEN];
	char comm[2 * RECORD_COMM_LEN], name[64];

	for (i = 0; i < model->process_count; i++)
		for (j = 0; j < model->processes[i].loop_count && shown < limit; j++) {
			const struct loop_model *loop = &model->processes[i].loops[j];

			if (loop->loop_class != LOOP_EVENT_LOOP)
				break;
			if (!shown++)
				fprintf(out, "\n%s  %-22s %10s %6s %9s %9s %9s %7s %8s%s\n",
					BOLD(options), "event loop", "iterations", "busy", "p50",
					"p99", "max", "stalls", "stalled", PLAIN(options));
			units_printable(model->processes[i].comm, RECORD_COMM_LEN, comm,
					sizeof(comm));
			snprintf(name, sizeof(name), "%s/%u", comm, loop->tid);
			fprintf(out, "  %-22s %10llu %6s %9s %9s %9s %7llu %8s\n", name,
				(unsigned long long)loop->iterations,
				units_share((double)loop->busy_ns / (double)model->duration_ns,
					    busy),
				known_time(loop->lag_p50_ns, p50),
				known_time(loop->lag_p99_ns, p99),
				known_time(longest_ns(&loop->lag), max),
				(unsigned long long)loop->stalls,
				units_share((double)loop->stalled_ns / (double)model->duration_ns,
					    stalled));
		}
}

/* The longest stalls, each with its stack. */
static void print_stalls(const struct report *report, const struct render_options *options,
			 FILE *out)
{
	const struct model *model = report->model;
	char time[UNITS_LEN], detail[128], line[RECORD_PLACE_LEN];
	size_t i, j, k;

	for (i = 0; options->verbose && i < model->process_count; i++)
		for (j = 0; j < model->processes[i].stall_count && j < MAX_STALLS; j++) {
			const struct stall_model *stall = &model->processes[i].stalls[j];

			wording_stall(stall, detail, sizeof(detail));
			fprintf(out, "\n%s  stall of %s%s  in thread %u, %s: %s\n", BOLD(options),
				units_time(stall->duration_ns, time), PLAIN(options), stall->tid,
				stall_cause_name(stall->cause), detail);
			for (k = 0; k < stall->frame_count; k++)
				fprintf(out, "      %s\n",
					units_printable(stall->frames[k], sizeof(stall->frames[k]),
							line, sizeof(line)));
		}
}

/* Where it waited: sockets, files, pipes. */
#define NUMBER_LEN 96

/* "[123]", or that these are many. */
static const char *number_of(const struct process_model *process, char number[NUMBER_LEN])
{
	if (process->merged)
		wording_process(process, number, NUMBER_LEN);
	else
		snprintf(number, NUMBER_LEN, "[%u]", process->pid);
	return number;
}

static void print_waits(const struct report *report, const struct render_options *options,
			FILE *out)
{
	char time[UNITS_LEN], longest[UNITS_LEN], detail[128], number[NUMBER_LEN];
	size_t i, j;

	for (i = 0; options->verbose && i < report->model->process_count; i++) {
		const struct process_model *process = &report->model->processes[i];

		for (j = 0; j < process->wait_count && j < MAX_WAITS; j++) {
			const struct wait_model *wait = &process->waits[j];

			if (!j)
				fprintf(out, "\n%s  waited %9s %9s   where, of %s%s\n",
					BOLD(options), "waits", "max", number_of(process, number),
					PLAIN(options));
			wording_wait(wait, detail, sizeof(detail));
			fprintf(out, "  %9s %6llu %9s   %s: %s\n", units_time(wait->wait_ns, time),
				(unsigned long long)wait->waits,
				known_time(longest_ns(&wait->longest), longest),
				state_name(wait->state), detail);
		}
	}
}

/* The wakers of a thread. */
static void print_wakers(const struct report *report, const struct render_options *options,
			 FILE *out)
{
	char time[UNITS_LEN], comm[RECORD_COMM_LEN * 2], by[32];
	size_t i, j, k, shown = 0;

	for (i = 0; options->verbose && i < report->model->process_count; i++)
		for (j = 0; j < report->model->processes[i].thread_count; j++) {
			const struct thread_model *thread = &report->model->processes[i].threads[j];

			for (k = 0; k < thread->waker_count; k++) {
				const struct waker_model *waker = &thread->wakers[k];

				if (!shown++)
					fprintf(out, "\n%s  waited %9s   thread, woken by%s\n",
						BOLD(options), "wakes", PLAIN(options));
				if (waker->tid)
					snprintf(by, sizeof(by), "thread %u", waker->tid);
				else
					snprintf(by, sizeof(by), "the kernel, or several");
				fprintf(out, "  %9s %6llu   %s/%u from %s by %s\n",
					units_time(waker->ns, time),
					(unsigned long long)waker->count,
					units_printable(thread->comm, sizeof(thread->comm), comm,
							sizeof(comm)),
					thread->tid,
					waker->state ? state_name(waker->state) : "any wait", by);
			}
		}
}

static void print_timeline(const struct report *report, const struct render_options *options,
			   FILE *out)
{
	const struct timeline *timeline = report->timeline;
	char at[UNITS_LEN], ratio[UNITS_LEN];
	size_t i;

	if (!options->verbose || timeline->count < 2)
		return;
	fprintf(out, "\n%s    from  class          on CPU of work    cores  stalled   mostly%s\n",
		BOLD(options), PLAIN(options));
	for (i = 0; i < timeline->count; i++) {
		const struct timeline_window *window = &timeline->windows[i];

		fprintf(out, "  %6s  %-13s  %14s  %7.2f  %6.1f %%   %s%s%s%s%s\n",
			units_time(window->start_ns - timeline->windows[0].start_ns, at),
			verdict_class_name(window->class),
			isnan(window->signals.ratio) ? "-" :
						       units_share(window->signals.ratio, ratio),
			window->signals.cores, 100 * window->signals.stalled,
			window->cause.cause.detail, window->cause.cause.where[0] ? " at " : "",
			window->cause.cause.where, window->cause.thread[0] ? ", " : "",
			window->cause.thread);
	}
}

static void print_calls(const struct report *report, const struct render_options *options,
			FILE *out)
{
	const struct model *model = report->model;
	char time[UNITS_LEN], name[32], number[NUMBER_LEN];
	size_t i, j;

	if (!options->verbose || model->capture.depth == DEPTH_SCHED)
		return;
	for (i = 0; i < model->process_count; i++) {
		if (!model->processes[i].call_count)
			continue;
		fprintf(out, "\n%s  system call of %s          calls       time%s\n", BOLD(options),
			number_of(&model->processes[i], number), PLAIN(options));
		for (j = 0; j < model->processes[i].call_count && j < 12; j++)
			fprintf(out, "  %-24s %12llu  %9s\n",
				units_printable(model->processes[i].calls[j].name,
						sizeof(model->processes[i].calls[j].name), name,
						sizeof(name)),
				(unsigned long long)model->processes[i].calls[j].count,
				units_time(model->processes[i].calls[j].ns, time));
	}
}

int text_print_tables(const struct report *report, const struct render_options *options, FILE *out)
{
	if (text_print_rows(report, options, out))
		return -ENOMEM;
	print_loops(report, options, out);
	print_stalls(report, options, out);
	print_locks(report, options, out);
	print_waits(report, options, out);
	if (options->verbose && text_print_trees(report, options, out))
		return -ENOMEM;
	print_wakers(report, options, out);
	print_calls(report, options, out);
	print_timeline(report, options, out);
	return 0;
}
