// SPDX-License-Identifier: GPL-2.0-or-later
/* Copies what the live screen shows out of a report. */
#include "render/top/frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/units.h"
#include "render/top/layout.h"
#include "verdict/verdict.h"
#include "verdict/words/wording.h"

#define PLACES_OF_A_GROUP 2

#define PRINTABLE(text, to) units_printable((text), sizeof(text), (to), sizeof(to))

/* ---- what stands on top ---------------------------------------------------------------------- */
static void fill_title(const struct report *report, struct top_frame *frame)
{
	const struct model *model = report->model;
	const struct process_model *main = model_process_of(model, report->verdict->main_pid);
	uint64_t processes = model_processes(model);
	char comm[RECORD_COMM_LEN * 2], script[sizeof(main->label.script)];
	size_t used = 0;

	if (!main && model->process_count)
		main = model->processes;
	if (main) {
		PRINTABLE(main->comm, comm);
		PRINTABLE(main->label.script, script);
		used = (size_t)snprintf(frame->title, sizeof(frame->title), "%s[%u]%s%.40s", comm,
					main->pid, script[0] ? " " : "", script);
	}
	if (used < sizeof(frame->title))
		snprintf(frame->title + used, sizeof(frame->title) - used,
			 "%s%llu process%s, %llu thread%s", used ? ", " : "",
			 (unsigned long long)processes, processes == 1 ? "" : "es",
			 (unsigned long long)model->threads_seen,
			 model->threads_seen == 1 ? "" : "s");
}

static void fill_verdict(const struct verdict *verdict, struct top_frame *frame)
{
	size_t i;

	frame->class = verdict->class;
	frame->confidence = verdict->confidence;
	PRINTABLE(verdict->headline, frame->headline);
	PRINTABLE(verdict->advice_now, frame->advice);
	for (i = 0; i < verdict->cause_count && i < TOP_CAUSES; i++) {
		const struct verdict_cause *cause = &verdict->causes[i];
		struct top_cause *to = &frame->causes[frame->cause_count++];

		to->share = cause->share;
		snprintf(to->kind, sizeof(to->kind), "%s", cause->kind);
		PRINTABLE(cause->detail, to->text);
		PRINTABLE(cause->where, to->where);
	}
}

static void fill_totals(const struct model *model, struct top_frame *frame)
{
	const struct record_overhead *cost = &model->overhead;

	frame->end_unix_ns =
		model->capture.start_realtime_ns + model->start_ns + model->duration_ns;
	frame->duration_ns = model->duration_ns;
	memcpy(frame->ns, model->time.state_ns, sizeof(frame->ns));
	frame->mostly = frame->class == VERDICT_IDLE ? NR_STATES : top_mostly(frame->ns);
	frame->lost = model->lost_total;
	frame->cost = cost->bpf_run_ns == RECORD_UNKNOWN || cost->reader_cpu_ns == RECORD_UNKNOWN ||
				      !model->duration_ns ?
			      (double)NAN :
			      (double)(cost->bpf_run_ns + cost->reader_cpu_ns) /
				      (double)model->duration_ns;
}

/* ---- rows ------------------------------------------------------------------------------------ */
static void fill_times(const struct ledger *time, const struct switch_counts *switches,
		       struct top_row *row)
{
	row->wall_ns = time->wall_ns;
	memcpy(row->ns, time->state_ns, sizeof(row->ns));
	row->switches = switches->voluntary + switches->involuntary;
}

static void fill_process(const struct report *report, size_t at, struct top_row *row)
{
	const struct process_model *process = &report->model->processes[at];
	char text[TOP_NAME_LEN];
	struct signals signals;

	row->pid = process->pid;
	row->class = report->process_verdicts[at].class;
	wording_process(process, text, sizeof(text));
	PRINTABLE(text, row->name);
	fill_times(&process->time, &process->switches, row);
	signals_compute(report->model, process, &signals);
	row->work_s = signals.work_s;
}

static void fill_thread(const struct report *report, const struct process_model *process,
			const struct thread_model *thread, struct top_row *row)
{
	char comm[RECORD_COMM_LEN * 2];
	struct signals signals;

	row->pid = process->pid;
	row->tid = thread->tid;
	row->is_thread = true;
	row->class = verdict_of_thread(report->model, process, thread, report->settings);
	PRINTABLE(thread->comm, comm);
	if (thread->count > 1)
		snprintf(row->name, sizeof(row->name), "%s x%llu, ended", comm,
			 (unsigned long long)thread->count);
	else
		snprintf(row->name, sizeof(row->name), "%s/%u%s", comm, thread->tid,
			 thread->exited ? ", ended" : "");
	fill_times(&thread->time, &thread->switches, row);
	signals_of_thread(report->model, process, thread, &signals);
	row->work_s = signals.work_s;
	row->waker_count = thread->waker_count < TOP_WAKERS ? thread->waker_count : TOP_WAKERS;
	memcpy(row->wakers, thread->wakers, row->waker_count * sizeof(*row->wakers));
}

static size_t count_threads(const struct model *model)
{
	size_t i, count = 0;

	for (i = 0; i < model->process_count; i++)
		count += model->processes[i].thread_count;
	return count;
}

static bool fill_rows(const struct report *report, struct top_frame *frame)
{
	const struct model *model = report->model;
	size_t i, j;

	frame->processes.list = calloc(model->process_count + 1, sizeof(struct top_row));
	frame->threads.list = calloc(count_threads(model) + 1, sizeof(struct top_row));
	if (!frame->processes.list || !frame->threads.list)
		return false;
	for (i = 0; i < model->process_count; i++) {
		fill_process(report, i, &frame->processes.list[frame->processes.count++]);
		for (j = 0; j < model->processes[i].thread_count; j++)
			fill_thread(report, &model->processes[i], &model->processes[i].threads[j],
				    &frame->threads.list[frame->threads.count++]);
	}
	return true;
}

/* ---- loops, locks, stalls, places ------------------------------------------------------------ */
static void fill_loops(const struct model *model, const struct process_model *process,
		       struct top_frame *frame)
{
	char comm[RECORD_COMM_LEN * 2];
	size_t i;

	PRINTABLE(process->comm, comm);
	for (i = 0; i < process->loop_count && frame->loop_count < TOP_LOOPS; i++) {
		const struct loop_model *loop = &process->loops[i];
		struct top_loop *to;

		if (loop->loop_class != LOOP_EVENT_LOOP)
			continue;
		to = &frame->loops[frame->loop_count++];
		to->pid = process->pid;
		to->tid = loop->tid;
		snprintf(to->name, sizeof(to->name), "%s/%u", comm, loop->tid);
		to->iterations = loop->iterations;
		to->stalls = loop->stalls;
		to->p99_ns = loop->lag_p99_ns;
		to->max_ns = longest_ns(&loop->lag);
		to->busy = (double)loop->busy_ns / (double)model->duration_ns;
		to->stalled = (double)loop->stalled_ns / (double)model->duration_ns;
	}
}

static void fill_locks(const struct process_model *process, struct top_frame *frame)
{
	char text[sizeof(frame->locks->text)];
	size_t i;

	for (i = 0; i < process->lock_count && frame->lock_count < TOP_LOCKS; i++) {
		struct top_lock *to = &frame->locks[frame->lock_count];

		if (!process->locks[i].contention)
			break;
		frame->lock_count++;
		to->waits = process->locks[i].waits;
		to->wait_ns = process->locks[i].wait_ns;
		wording_lock(process, &process->locks[i], 1, text, sizeof(text));
		PRINTABLE(text, to->text);
	}
}

static void fill_stalls(const struct model *model, const struct process_model *process,
			struct top_frame *frame)
{
	char detail[128], text[sizeof(frame->stalls->text)];
	size_t i;

	for (i = 0; i < process->stall_count && frame->stall_count < TOP_STALLS; i++) {
		const struct stall_model *stall = &process->stalls[i];
		struct top_stall *to = &frame->stalls[frame->stall_count++];

		to->tid = stall->tid;
		to->duration_ns = stall->duration_ns;
		to->open = stall->open;
		to->cause = stall_cause_name(stall->cause);
		to->at_unix_ns =
			model->capture.start_realtime_ns + stall->begin_ns + stall->duration_ns;
		wording_stall(stall, detail, sizeof(detail));
		snprintf(text, sizeof(text), "%s%s%s", detail, stall->where[0] ? "  at " : "",
			 stall->where);
		PRINTABLE(text, to->text);
	}
}

static void fill_places(const struct process_model *process, struct top_frame *frame)
{
	size_t i, j;

	for (i = 0; i < process->place_group_count; i++) {
		const struct place_group *group = &process->place_groups[i];

		for (j = 0; j < group->place_count && j < PLACES_OF_A_GROUP; j++) {
			struct top_place *to = &frame->places[frame->place_count];

			if (frame->place_count == TOP_PLACES)
				return;
			if (!group->places[j].where[0])
				continue;
			frame->place_count++;
			to->pid = process->pid;
			to->state = group->lock ? (uint32_t)STATE_LOCK : group->site.state;
			to->ns = group->places[j].ns;
			PRINTABLE(group->places[j].where, to->where);
		}
	}
}

static void fill_standing(const struct process_model *process, struct top_frame *frame)
{
	size_t i;

	for (i = 0; i < process->standing_count && frame->standing_count < TOP_STANDING; i++) {
		struct top_standing *to = &frame->standing[frame->standing_count];

		if (!process->standing[i].where[0])
			continue;
		frame->standing_count++;
		to->pid = process->pid;
		to->tid = process->standing[i].tid;
		PRINTABLE(process->standing[i].where, to->where);
	}
}

struct top_frame *top_frame_new(const struct report *report, uint64_t number)
{
	const struct model *model = report->model;
	struct top_frame *frame = calloc(1, sizeof(*frame));
	size_t i;

	if (!frame)
		return NULL;
	frame->number = number;
	fill_title(report, frame);
	fill_verdict(report->verdict, frame);
	fill_totals(model, frame);
	if (!fill_rows(report, frame)) {
		top_frame_free(frame);
		return NULL;
	}
	for (i = 0; i < model->process_count; i++) {
		fill_loops(model, &model->processes[i], frame);
		fill_locks(&model->processes[i], frame);
		fill_stalls(model, &model->processes[i], frame);
		fill_places(&model->processes[i], frame);
		fill_standing(&model->processes[i], frame);
	}
	top_rows_limit(&frame->processes, TOP_ROWS_NEW);
	top_rows_limit(&frame->threads, TOP_ROWS_NEW);
	return frame;
}

void top_frame_free(struct top_frame *frame)
{
	if (!frame)
		return;
	free(frame->processes.list);
	free(frame->threads.list);
	free(frame);
}

void top_frame_trim(struct top_frame *frame)
{
	top_rows_limit(&frame->processes, TOP_ROWS_KEPT);
	top_rows_limit(&frame->threads, TOP_ROWS_KEPT);
}
