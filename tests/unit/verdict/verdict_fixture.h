/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What test_verdict.c and test_advice.c share. */
#ifndef TEST_VERDICT_FIXTURE_H
#define TEST_VERDICT_FIXTURE_H

#include <arpa/inet.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/err.h"
#include "verdict/rules.h"
#include "verdict/verdict.h"
#include "verdict/words/wording.h"
#include "watch/burst_policy.h"

#define S 1000000000ULL

#define MS 1000000ULL

/* A model of one process watched for 10 s on 4 CPUs; what its states leave is sleep. */
struct fixture {
	struct model model;
	struct process_model process;
	struct wait_model waits[8];
	struct verdict_settings settings;
	struct verdict verdict;
};

static inline int setup(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	fixture.model.capture.cpus = 4;
	fixture.model.duration_ns = 10 * S;
	fixture.model.threads_seen = 1;
	fixture.model.processes = &fixture.process;
	fixture.model.process_count = 1;
	fixture.process.pid = 4242;
	fixture.process.waits = fixture.waits;
	fixture.process.time.throttled_ns = RECORD_UNKNOWN;
	memcpy(fixture.process.comm, "server", 7);
	verdict_settings_default(&fixture.settings);
	*state = &fixture;
	return 0;
}

static inline void spend(struct fixture *fixture, enum ledger_state s, uint64_t ns)
{
	fixture->process.time.state_ns[s] += ns;
}

static inline void wait_at(struct fixture *fixture, enum ledger_state s, const char *call,
			   uint64_t ns)
{
	struct wait_model *wait = &fixture->waits[fixture->process.wait_count++];

	wait->state = s;
	wait->waits = 1;
	wait->wait_ns = ns;
	wait->longest = (struct longest){ ns, ns };
	snprintf(wait->call_name, sizeof(wait->call_name), "%s", call);
}

static inline const struct verdict *judge(struct fixture *fixture)
{
	struct ledger *time = &fixture->process.time;
	uint64_t wall = 0;
	int i;

	for (i = 0; i < NR_STATES; i++)
		wall += time->state_ns[i];
	if (wall && wall < fixture->model.duration_ns)
		time->state_ns[STATE_SLEEP] += fixture->model.duration_ns - wall;
	time->wall_ns = wall && wall < fixture->model.duration_ns ? fixture->model.duration_ns :
								    wall;
	fixture->model.time = *time;
	fixture->model.unended_ipc_ns = fixture->process.unended_ipc_ns;
	verdict_judge(&fixture->model, NULL, NULL, &fixture->settings, &fixture->verdict);
	return &fixture->verdict;
}

/* Ten seconds of these four; returns the class. */
static inline enum verdict_class class_of(void **state, uint64_t on_cpu_ms, uint64_t runnable_ms,
					  uint64_t lock_ms, uint64_t network_ms)
{
	setup(state);
	spend(*state, STATE_ON_CPU, on_cpu_ms * MS);
	spend(*state, STATE_RUNNABLE_WAKEUP, runnable_ms * MS);
	spend(*state, STATE_LOCK, lock_ms * MS);
	spend(*state, STATE_NETWORK, network_ms * MS);
	return judge(*state)->class;
}

/* A loop with that many stalls of that length, in a process that sleeps otherwise. */
static inline enum verdict_class class_of_stalls(struct fixture *fixture, uint64_t stalls,
						 uint64_t each_ms)
{
	static struct loop_model loop;
	static struct stall_model rows[64];
	uint64_t i;

	loop = (struct loop_model){ .tid = 4242, .kind = LOOP_KIND_EPOLL, .iterations = 100 };
	loop.stalls = stalls;
	loop.stalled_ns = stalls * each_ms * MS;
	for (i = 0; i < stalls; i++) {
		rows[i] = (struct stall_model){ .tid = 4242, .duration_ns = each_ms * MS };
		rows[i].begin_ns = i * 100 * MS;
		rows[i].cause = i % 3 ? STALL_BLOCKING_CALL : STALL_CPU;
		snprintf(rows[i].where, sizeof(rows[i].where), "app.py:%d %s", (int)(i % 3),
			 i % 3 ? "fetch" : "render");
	}
	fixture->process.loops = &loop;
	fixture->process.loop_count = 1;
	fixture->process.stalls = rows;
	fixture->process.stall_count = stalls;
	spend(fixture, STATE_ON_CPU, 100 * MS);
	return judge(fixture)->class;
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

#endif
