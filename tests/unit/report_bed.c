// SPDX-License-Identifier: GPL-2.0-or-later
/* Fixture: builds a record stream and returns its report, through the real pipeline. */
#include "report_bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/export.h"

static int fake_next(struct source *source, struct record *ret, struct err *e)
{
	struct fake_source *fake = (struct fake_source *)source;

	if (fake->at < fake->count) {
		*ret = fake->records[fake->at++];
		return 1;
	}
	return fake->failure ? err_set(e, fake->failure, "the source broke") : 0;
}

static void fake_close(struct source *source)
{
}

struct record *bed_add(struct bed *bed, enum record_kind kind)
{
	struct record *record = &bed->fake.records[bed->fake.count++];

	assert_true(bed->fake.count <= MAX_RECORDS);
	memset(record, 0, sizeof(*record));
	record->kind = kind;
	return record;
}

void bed_add_boundary(struct bed *bed, uint64_t at_ns)
{
	bed_add(bed, RECORD_BOUNDARY)->boundary.at_ns = at_ns;
}

struct record_thread *bed_add_thread(struct bed *bed, uint32_t pid, uint32_t tid, const char *comm,
				     uint64_t end_ns, uint64_t on_cpu_ns)
{
	struct record_thread *thread = &bed_add(bed, RECORD_THREAD)->thread;

	thread->id = tid;
	thread->pid = pid;
	thread->tid = tid;
	thread->process_start_ns = pid;
	thread->start_ns = BEGIN;
	thread->end_ns = thread->entered_ns = end_ns;
	thread->state = STATE_ON_CPU;
	thread->state_ns[STATE_ON_CPU] = on_cpu_ns;
	thread->state_ns[STATE_NETWORK] = end_ns - BEGIN - on_cpu_ns;
	thread->state_count[STATE_NETWORK] = 4;
	thread->throttled_ns = RECORD_UNKNOWN;
	thread->voluntary = 4;
	snprintf(thread->comm, sizeof(thread->comm), "%s", comm);
	return thread;
}

void bed_add_wait(struct bed *bed, uint64_t ns)
{
	struct record_wait *wait = &bed_add(bed, RECORD_WAIT)->wait;

	wait->pid = wait->process_start_ns = 7;
	wait->state = STATE_NETWORK;
	wait->object = OBJECT_TCP_CONNECTED;
	wait->family = 2; /* AF_INET */
	wait->peer_port = 5432;
	memcpy(wait->peer_addr, "\x7f\x00\x00\x01", 4);
	memcpy(wait->call_name, "recvfrom", 9);
	wait->count = 4;
	wait->ns = wait->max_ns = ns;
}

void bed_add_quality(struct bed *bed, uint64_t reader_cpu_ns)
{
	struct record_overhead *overhead = &bed_add(bed, RECORD_OVERHEAD)->overhead;

	overhead->bpf_run_ns = overhead->bpf_runs = RECORD_UNKNOWN;
	overhead->reader_cpu_ns = reader_cpu_ns;
	overhead->reader_rss_bytes = 12000000;
	bed_add(bed, RECORD_LOSS);
}

int bed_setup(void **state)
{
	static const struct source_ops ops = { .next = fake_next, .close = fake_close };
	struct bed *bed = calloc(1, sizeof(*bed));
	struct record_capture *capture = &bed_add(bed, RECORD_CAPTURE)->capture;

	bed->fake.source.ops = &ops;
	verdict_settings_default(&bed->settings);
	capture->start_realtime_ns = 1700000000 * S - BEGIN + 5;
	capture->cpus = 4;
	memcpy(capture->kernel, "6.1.0", 6);
	memcpy(capture->arch, "x86_64", 7);
	memcpy(capture->tool_version, "0.1.0", 6);
	bed_add_quality(bed, 0);
	bed_add_boundary(bed, BEGIN);
	bed_add_thread(bed, 7, 7, "server", BEGIN + 10 * S, 2 * S);
	bed_add_wait(bed, 8 * S);
	bed_add_quality(bed, 3000000);
	bed_add_boundary(bed, BEGIN + 10 * S);
	*state = bed;
	return 0;
}

int bed_teardown(void **state)
{
	struct bed *bed = *state;

	free(bed->text);
	free(bed);
	return 0;
}

int bed_run(struct bed *bed, bed_render render, bool each_interval, FILE *out)
{
	struct pipeline pipeline = {
		.source = &bed->fake.source,
		.settings = &bed->settings,
		.render = render,
		.render_options = &bed->options,
		.out = out,
		.each_interval = each_interval,
	};

	memset(&bed->e, 0, sizeof(bed->e));
	return pipeline_run(&pipeline, &bed->class, &bed->e);
}

void bed_add_loop(struct bed *bed)
{
	struct record_loop *loop = &bed_add(bed, RECORD_LOOP)->loop;

	loop->thread_id = loop->process_start_ns = 7;
	loop->pid = loop->tid = 7;
	loop->kind = LOOP_KIND_EPOLL;
	loop->members = 3;
	loop->room = 512;
	loop->waits = loop->iterations = 100;
	loop->slept = 90;
}

struct record_stall *bed_add_stall(struct bed *bed, uint64_t begin_ns, uint64_t end_ns, bool open)
{
	struct record_stall *stall = &bed_add(bed, RECORD_STALL)->stall;

	stall->thread_id = stall->tid = 7;
	stall->begin_ns = begin_ns;
	stall->end_ns = end_ns;
	stall->open = open;
	stall->parts_ns[STATE_NETWORK] = stall->block_ns = end_ns - begin_ns;
	stall->block.state = STATE_NETWORK;
	memcpy(stall->block.call_name, "recvfrom", 9);
	return stall;
}

void bed_add_stall_frame(struct bed *bed, uint64_t begin_ns, uint32_t number, const char *text)
{
	struct record_stall_frame *frame = &bed_add(bed, RECORD_STALL_FRAME)->stall_frame;

	frame->thread_id = 7;
	frame->begin_ns = begin_ns;
	frame->number = number;
	snprintf(frame->text, sizeof(frame->text), "%s", text);
}

/* ---- exports: a renderer has no place for what they keep from window to window ---------------- */
static struct {
	struct bed *bed;
	const struct export_format *format;
	void *state;
} exporting;

static void note_sums(struct bed *bed, const struct model *model)
{
	size_t i, j;

	ledger_add(&bed->time, &model->time);
	for (i = 0; i < model->process_count; i++) {
		for (j = 0; j < model->processes[i].stall_count; j++)
			bed->stall_ns += model->processes[i].stalls[j].duration_ns;
		for (j = 0; j < model->processes[i].lock_count; j++)
			if (model->processes[i].locks[j].contention)
				bed->lock_ns += model->processes[i].locks[j].wait_ns;
	}
}

static int put_report(const struct report *report, const struct render_options *options, FILE *out)
{
	struct bed *bed = exporting.bed;
	struct model model = *report->model;
	uint64_t end_ns = model.start_ns + model.duration_ns;
	struct report with = *report;
	size_t first = 0, count = 0, i;

	for (i = 0; i < bed->interval_count; i++) {
		if (bed->intervals[i].end_ns <= model.start_ns)
			first++;
		else if (bed->intervals[i].end_ns <= end_ns)
			count++;
	}
	model.intervals = (struct interval_model *)bed->intervals + first;
	model.interval_count = count;
	with.model = &model;
	note_sums(bed, &model);
	return exporting.format->put(exporting.state, &with, out);
}

int bed_export_into(struct bed *bed, const char *format, FILE *out)
{
	int result;

	exporting.bed = bed;
	exporting.format = export_find(format);
	assert_non_null(exporting.format);
	bed->fake.at = 0;
	memset(&bed->time, 0, sizeof(bed->time));
	bed->stall_ns = bed->lock_ns = 0;
	if (exporting.format->begin(&exporting.state, out))
		return -1;
	result = bed_run(bed, put_report, exporting.format->windows, out);
	return exporting.format->end(exporting.state, out) || result ? -1 : 0;
}

void bed_export(struct bed *bed, const char *format)
{
	FILE *out;

	free(bed->text);
	bed->text = NULL;
	out = open_memstream(&bed->text, &bed->length);
	assert_non_null(out);
	assert_int_equal(bed_export_into(bed, format, out), 0);
	fclose(out);
}
