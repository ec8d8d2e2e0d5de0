// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of the frameworks that are recognised, and of the advice in their words. */
#include "held_fixture.h"

static enum framework_id framework(struct fixture *fixture, const char *runtime, const char *comm,
				   uint64_t modules)
{
	struct process_model *process = &fixture->processes[1];

	snprintf(process->runtime, sizeof(process->runtime), "%s", runtime);
	snprintf(process->comm, sizeof(process->comm), "%s", comm);
	process->frameworks = modules;
	return framework_of(process);
}

static void test_frameworks(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(framework_of_module("/opt/lib/gevent/_gevent_c_hub_local.so"),
			 1ULL << FRAMEWORK_GEVENT);
	assert_int_equal(framework_of_module("/usr/lib/libc.so.6"), 0);
	assert_int_equal(framework(fixture, "CPython", "python3", 1ULL << FRAMEWORK_GEVENT),
			 FRAMEWORK_GEVENT);
	assert_int_equal(framework(fixture, "CPython", "gunicorn", 0), FRAMEWORK_GUNICORN);
	assert_int_equal(framework(fixture, "CPython", "python3", 0), FRAMEWORK_NONE);
	/* each in its runtime alone */
	assert_int_equal(framework(fixture, "", "gunicorn", 0), FRAMEWORK_NONE);
	assert_int_equal(framework(fixture, "", "nginx", 0), FRAMEWORK_NGINX);
	add_thread(fixture, "tokio-runtime-w", STATE_SLEEP, 0, STATE_SLEEP, 0);
	assert_int_equal(framework(fixture, "", "api", 0), FRAMEWORK_TOKIO);
}

/* A loop blocked by a call, with this stack. */
static const char *blocked_loop(struct fixture *fixture, enum stall_cause cause, const char *frame)
{
	struct process_model *process = &fixture->processes[1];

	snprintf(fixture->frames[0], sizeof(fixture->frames[0]), "%s", frame);
	fixture->stall = (struct stall_model){ .tid = process->pid,
					       .duration_ns = 5 * S,
					       .cause = cause,
					       .frames = fixture->frames,
					       .frame_count = 1 };
	fixture->loop = (struct loop_model){ .tid = process->pid,
					     .loop_class = LOOP_EVENT_LOOP,
					     .iterations = 100,
					     .stalls = 50,
					     .stalled_ns = 5 * S };
	process->stalls = &fixture->stall;
	process->loops = &fixture->loop;
	process->stall_count = process->loop_count = 1;
	if (!process->thread_count)
		add_thread(fixture, process->comm, STATE_NETWORK, 5 * S, STATE_POLL_IDLE, 5 * S);
	assert_int_equal(judge(fixture)->class, VERDICT_LOOP_BLOCKED);
	return fixture->verdict.advice_now;
}

static void test_advice_for_frameworks(void **state)
{
	static const struct {
		const char *runtime, *comm;
		uint64_t modules;
		const char *word;
	} rows[] = {
		{ "CPython", "python3", 0, "asyncio.to_thread" },
		{ "CPython", "python3", 1ULL << FRAMEWORK_GEVENT, "threadpool.apply" },
		{ "CPython", "python3", 1ULL << FRAMEWORK_EVENTLET, "tpool" },
		{ "CPython", "python3", 1ULL << FRAMEWORK_TORNADO, "IOLoop" },
		{ "CPython", "twistd", 0, "deferToThread" },
		{ "Node.js", "node", 0, "asynchronous form" },
		{ "", "nginx", 0, "aio threads" },
		{ "", "api", 0, "thread of its own" },
	};
	struct fixture *fixture = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setup(state);
		framework(fixture, rows[i].runtime, rows[i].comm, rows[i].modules);
		expect_in(blocked_loop(fixture, STALL_BLOCKING_CALL, "query db.py:3"),
			  rows[i].word);
		if (strcmp(rows[i].word, "asyncio.to_thread"))
			expect_not_in(fixture->verdict.advice_now, "asyncio");
	}
}

static void test_advice_by_stack(void **state)
{
	struct fixture *fixture = *state;

	framework(fixture, "CPython", "python3", 0);
	expect_in(blocked_loop(fixture, STALL_CPU, "gc_collect_main+0x10"), "gc.freeze");
	expect_not_in(fixture->verdict.advice_now, "ProcessPool");
	expect_in(blocked_loop(fixture, STALL_CPU, "ssl.py:717 create_default_context"), "once");
	expect_in(blocked_loop(fixture, STALL_BLOCKING_CALL, "socket.py:962 getaddrinfo"),
		  "resolver");
	expect_in(blocked_loop(fixture, STALL_CPU, "app.py:3 render"), "ProcessPool");
	expect_in(blocked_loop(fixture, STALL_BLOCKING_CALL, "subprocess.py:1 run"), "asyncio");
	expect_in(blocked_loop(fixture, STALL_CPU, "re/__init__.py:3 match"), "pattern");
	expect_in(blocked_loop(fixture, STALL_CPU, "core/__init__.py:3 render"), "ProcessPool");
	expect_not_in(blocked_loop(fixture, STALL_CPU, "postgres_query+0x3"), "resolver");
	/* each in its own words */
	framework(fixture, "Node.js", "node", 0);
	expect_in(blocked_loop(fixture, STALL_BLOCKING_CALL, "execSync node:child_process:9"),
		  "execFile");
	expect_not_in(fixture->verdict.advice_now, "asyncio");
	expect_in(blocked_loop(fixture, STALL_CPU, "node::crypto pbkdf2"), "asynchronous form");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_frameworks),
		TEST(test_advice_for_frameworks),
		TEST(test_advice_by_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
