// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of damaged and lossy captures, on hand-made records: no figure is invented. */
#include <math.h>
#include <stdio.h>

#include "fixtures/session.h"
#include "render/report.h"
#include "pipeline.h"
#include "verdict/verdict.h"

static void build(struct fixture *fixture, bool whole)
{
	model_free(&fixture->model);
	assert_int_equal(model_build(fixture->session, whole, &fixture->model), 0);
}
/* only in the opening snapshot: what it did before the window must not count */
static void test_only_in_first_snapshot(void **state)
{
	struct fixture *fixture = *state;
	struct record t = thread_of(1, BEGIN - 3 * S, BEGIN);
	t.thread.state_ns[STATE_ON_CPU] = 3 * S;
	feed(fixture, &t);
	boundary(fixture, BEGIN);
	boundary(fixture, BEGIN + 10 * S);
	build(fixture, true);
	assert_int_equal(fixture->model.time.state_ns[STATE_ON_CPU], 0);
	assert_int_equal(fixture->model.time.state_ns[STATE_UNOBSERVED], 10 * S);
}
/* absent in an interval: unobserved, and its old sums do not return */
static void test_absent_in_interval(void **state)
{
	struct fixture *fixture = *state;
	struct record t = thread_of(1, BEGIN, BEGIN);
	feed(fixture, &t);
	boundary(fixture, BEGIN);
	t.thread.end_ns = BEGIN + 4 * S;
	t.thread.state_ns[STATE_ON_CPU] = 4 * S;
	feed(fixture, &t);
	boundary(fixture, BEGIN + 4 * S);
	boundary(fixture, BEGIN + 10 * S);
	build(fixture, false);
	assert_int_equal(fixture->model.time.state_ns[STATE_ON_CPU], 0);
	assert_int_equal(fixture->model.time.wall_ns, 6 * S);
}
/* a wait row that is not repeated adds nothing to a later interval */
static void test_wait_not_repeated(void **state)
{
	struct fixture *fixture = *state;
	struct record t = thread_of(1, BEGIN, BEGIN + S), w = { .kind = RECORD_WAIT };
	boundary(fixture, BEGIN);
	w.wait.pid = 10;
	w.wait.process_start_ns = 5;
	w.wait.state = STATE_DISK;
	w.wait.count = 3;
	w.wait.ns = 700;
	feed(fixture, &t);
	feed(fixture, &w);
	boundary(fixture, BEGIN + S);
	t.thread.end_ns = BEGIN + 2 * S;
	feed(fixture, &t);
	boundary(fixture, BEGIN + 2 * S);
	build(fixture, false);
	assert_int_equal(fixture->model.processes[0].wait_count, 0);
}
/* a snapshot that never closed (source broke) does not touch the closed window */
static void test_unclosed_snapshot(void **state)
{
	struct fixture *fixture = *state;
	struct record t = thread_of(1, BEGIN, BEGIN), loss = { .kind = RECORD_LOSS };
	feed(fixture, &t);
	boundary(fixture, BEGIN);
	t.thread.end_ns = BEGIN + S;
	t.thread.state_ns[STATE_ON_CPU] = S;
	feed(fixture, &t);
	boundary(fixture, BEGIN + S);
	t.thread.end_ns = BEGIN + 2 * S;
	t.thread.state_ns[STATE_ON_CPU] = 2 * S;
	feed(fixture, &t);
	loss.loss.hidden_ns = 50;
	feed(fixture, &loss);
	build(fixture, true);
	assert_int_equal(fixture->model.time.wall_ns, S);
	assert_int_equal(fixture->model.lost_total, 0);
}
/* hostile: an open ipc wait longer than the ipc time there was */
static void test_unended_ipc_guard(void **state)
{
	struct fixture *fixture = *state;
	struct record t = thread_of(1, BEGIN, BEGIN + S);
	struct signals s;
	boundary(fixture, BEGIN);
	t.thread.state = STATE_IPC;
	t.thread.entered_ns = 0;
	t.thread.state_ns[STATE_ON_CPU] = S;
	feed(fixture, &t);
	boundary(fixture, BEGIN + S);
	build(fixture, true);
	assert_true(fixture->model.unended_ipc_ns <= fixture->model.time.state_ns[STATE_IPC]);
	signals_compute(&fixture->model, NULL, &s);
	assert_true(s.io_s <= s.wall_s);
}
/* overhead without a record is unknown */
static void test_overhead_unknown(void **state)
{
	struct fixture *fixture = *state;
	boundary(fixture, BEGIN);
	boundary(fixture, BEGIN + S);
	build(fixture, true);
	assert_int_equal(fixture->model.overhead.reader_cpu_ns, RECORD_UNKNOWN);
}
/* overhead is of the window */
static void test_overhead_of_window(void **state)
{
	struct fixture *fixture = *state;
	struct record o = { .kind = RECORD_OVERHEAD };
	o.overhead.bpf_run_ns = 100;
	o.overhead.reader_cpu_ns = 1000;
	feed(fixture, &o);
	boundary(fixture, BEGIN);
	o.overhead.bpf_run_ns = 150;
	o.overhead.reader_cpu_ns = 1200;
	feed(fixture, &o);
	boundary(fixture, BEGIN + S);
	o.overhead.bpf_run_ns = 170;
	o.overhead.reader_cpu_ns = 1300;
	feed(fixture, &o);
	boundary(fixture, BEGIN + 2 * S);
	build(fixture, false);
	assert_int_equal(fixture->model.overhead.bpf_run_ns, 20);
	build(fixture, true);
	assert_int_equal(fixture->model.overhead.bpf_run_ns, 70);
	assert_int_equal(fixture->model.overhead.reader_cpu_ns, 300);
}
/* an interval without a LOSS record, after one with */
static void test_loss_not_repeated(void **state)
{
	struct fixture *fixture = *state;
	struct record loss = { .kind = RECORD_LOSS };
	boundary(fixture, BEGIN);
	loss.loss.count[LOSS_CLOCK] = 3;
	feed(fixture, &loss);
	boundary(fixture, BEGIN + S);
	boundary(fixture, BEGIN + 2 * S);
	build(fixture, false);
	assert_int_equal(fixture->model.lost_total, 0);
}
/* one wait on a pipe that never ended must not erase another pipe's waits */
static void test_active_pipe_beside_unended(void **state)
{
	struct fixture *fixture = *state;
	struct record t = thread_of(1, BEGIN, BEGIN), w = { .kind = RECORD_WAIT };
	struct verdict_settings settings;
	struct verdict v;
	size_t i;
	double share = 0;
	boundary(fixture, BEGIN);
	t.thread.end_ns = BEGIN + 10 * S;
	t.thread.state_ns[STATE_ON_CPU] = 2 * S;
	t.thread.state_ns[STATE_IPC] = 8 * S;
	t.thread.state = STATE_ON_CPU;
	feed(fixture, &t);
	t = thread_of(2, BEGIN, BEGIN + 10 * S);
	t.thread.entered_ns = BEGIN;
	t.thread.state = STATE_IPC;
	t.thread.state_ns[STATE_IPC] = 10 * S;
	feed(fixture, &t);
	w.wait.pid = 10;
	w.wait.process_start_ns = 5;
	w.wait.state = STATE_IPC;
	w.wait.object = OBJECT_PIPE;
	w.wait.count = 100;
	w.wait.ns = 8 * S;
	memcpy(w.wait.call_name, "read", 5);
	feed(fixture, &w);
	w.wait.object = OBJECT_EVENTFD;
	w.wait.count = 0;
	w.wait.ns = 10 * S;
	w.wait.open = true;
	w.wait.tid = 2;
	feed(fixture, &w);
	boundary(fixture, BEGIN + 10 * S);
	build(fixture, true);
	verdict_settings_default(&settings);
	verdict_judge(&fixture->model, NULL, NULL, &settings, &v);
	assert_int_equal(v.class, VERDICT_IO_BOUND);
	for (i = 0; i < v.cause_count; i++)
		if (!strcmp(v.causes[i].kind, "ipc"))
			share += v.causes[i].share;
	assert_int_equal(lround(share * 100), 80);
}
static char *text_with(struct fixture *fixture, bool verbose)
{
	struct verdict_settings settings;
	struct verdict v, pv[4];
	struct render_options o = { .verbose = verbose };
	struct timeline timeline = { 0 };
	struct report r = { .model = &fixture->model,
			    .verdict = &v,
			    .process_verdicts = pv,
			    .timeline = &timeline,
			    .settings = &settings };
	char *text = NULL;
	size_t n, i;
	FILE *f = open_memstream(&text, &n);
	verdict_settings_default(&settings);
	verdict_judge(&fixture->model, NULL, NULL, &settings, &v);
	for (i = 0; i < fixture->model.process_count; i++)
		verdict_judge(&fixture->model, &fixture->model.processes[i], NULL, &settings,
			      &pv[i]);
	render_text(&r, &o, f);
	fclose(f);
	return text;
}
/* a call name out of a trace is printed as it stands */
static void test_call_name_escapes(void **state)
{
	struct fixture *fixture = *state;
	struct record t = thread_of(1, BEGIN, BEGIN + 10 * S), w = { .kind = RECORD_WAIT };
	char *text;
	boundary(fixture, BEGIN);
	t.thread.state_ns[STATE_DISK] = 10 * S;
	feed(fixture, &t);
	w.wait.pid = 10;
	w.wait.process_start_ns = 5;
	w.wait.state = STATE_DISK;
	w.wait.ns = 10 * S;
	w.wait.count = 1;
	memcpy(w.wait.call_name, "\033]0;x\007", 7);
	feed(fixture, &w);
	boundary(fixture, BEGIN + 10 * S);
	build(fixture, true);
	text = text_with(fixture, true);
	assert_null(strchr(text, '\033'));
	free(text);
}
/* unknown cost is not a figure */
static void test_unknown_reader_cost(void **state)
{
	struct fixture *fixture = *state;
	struct record o = { .kind = RECORD_OVERHEAD };
	char *text;
	memset(&o.overhead, 0xff, sizeof(o.overhead));
	feed(fixture, &o);
	boundary(fixture, BEGIN);
	boundary(fixture, BEGIN + S);
	build(fixture, true);
	text = text_with(fixture, false);
	if (strstr(text, "18446744"))
		print_message("%s", strstr(text, "Cost of"));
	assert_null(strstr(text, "18446744"));
	free(text);
}
/* no process to watch: the next command must not name pid 0 */
static void test_pid_0(void **state)
{
	struct fixture *fixture = *state;
	char *text;
	boundary(fixture, BEGIN);
	boundary(fixture, BEGIN + S);
	build(fixture, true);
	text = text_with(fixture, false);
	assert_null(strstr(text, "-p 0"));
	free(text);
}
/* what decided (unobserved) stands in the evidence */
static void test_unobserved_evidence(void **state)
{
	struct fixture *fixture = *state;
	struct record t = thread_of(1, BEGIN, BEGIN + 10 * S);
	struct verdict_settings settings;
	struct verdict v;
	size_t i;
	boundary(fixture, BEGIN);
	t.thread.state_ns[STATE_ON_CPU] = S;
	feed(fixture, &t);
	boundary(fixture, BEGIN + 10 * S);
	build(fixture, true);
	verdict_settings_default(&settings);
	verdict_judge(&fixture->model, NULL, NULL, &settings, &v);
	assert_int_equal(v.class, VERDICT_INSUFFICIENT);
	for (i = 0; i < v.evidence_count; i++)
		if (strstr(v.evidence[i].rule, "unobserved"))
			return;
	fail_msg("no unobserved in evidence");
}
/* a lossy but otherwise clear report is not of high confidence (contract 5 and 7) */
static void test_losses_lower_confidence(void **state)
{
	struct fixture *fixture = *state;
	struct record t = thread_of(1, BEGIN, BEGIN + 10 * S), loss = { .kind = RECORD_LOSS };
	struct verdict_settings settings;
	struct verdict v;
	boundary(fixture, BEGIN);
	t.thread.state_ns[STATE_ON_CPU] = 10 * S;
	t.thread.voluntary = 100;
	feed(fixture, &t);
	loss.loss.count[LOSS_MAP_FULL] = 5000;
	feed(fixture, &loss);
	boundary(fixture, BEGIN + 10 * S);
	build(fixture, true);
	verdict_settings_default(&settings);
	verdict_judge(&fixture->model, NULL, NULL, &settings, &v);
	assert_int_not_equal(v.confidence, CONFIDENCE_HIGH);
}
/* hostile capture strings and sums that wrap */
static void test_hostile_capture(void **state)
{
	struct session *session = session_new();
	struct record r = { .kind = RECORD_CAPTURE };
	memset(&r.capture.kernel, 'x', sizeof(r.capture.kernel));
	session_feed(session, &r);
	assert_int_equal(session->capture.kernel[sizeof(r.capture.kernel) - 1], 0);
	session_free(session);
}
static void test_sums_wrap(void **state)
{
	struct fixture *fixture = *state;
	struct record t = thread_of(1, BEGIN, BEGIN + S);
	boundary(fixture, BEGIN);
	t.thread.state_ns[STATE_ON_CPU] = UINT64_MAX - 5;
	t.thread.state_ns[STATE_DISK] = 10;
	feed(fixture, &t);
	boundary(fixture, BEGIN + S);
	build(fixture, true);
	assert_true(fixture->model.lost[LOSS_READER] >= 1);
	assert_int_equal(fixture->model.time.wall_ns, S);
}
#define T(n) cmocka_unit_test_setup_teardown(n, session_fixture_setup, session_fixture_teardown)
int main(void)
{
	static const struct CMUnitTest tests[] = { T(test_only_in_first_snapshot),
						   T(test_absent_in_interval),
						   T(test_wait_not_repeated),
						   T(test_unclosed_snapshot),
						   T(test_unended_ipc_guard),
						   T(test_overhead_unknown),
						   T(test_overhead_of_window),
						   T(test_loss_not_repeated),
						   T(test_active_pipe_beside_unended),
						   T(test_call_name_escapes),
						   T(test_unknown_reader_cost),
						   T(test_pid_0),
						   T(test_unobserved_evidence),
						   T(test_losses_lower_confidence),
						   T(test_hostile_capture),
						   T(test_sums_wrap) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
