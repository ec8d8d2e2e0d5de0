/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What test_held.c, test_causes.c and test_frameworks.c share. */
#ifndef TEST_HELD_FIXTURE_H
#define TEST_HELD_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/framework.h"
#include "verdict/advice/stack_words.h"
#include "verdict/verdict.h"

#define S 1000000000ULL
#define MS 1000000ULL
#define MIB (1ULL << 20)
#define THREADS 20

/* Two processes, watched for 10 s on 4 CPUs; what is judged is the second one's doing. */
struct fixture {
	struct model model;
	struct process_model processes[2];
	struct thread_model threads[THREADS];
	struct wait_model waits[4];
	struct stall_model stall;
	struct loop_model loop;
	char frames[3][RECORD_PLACE_LEN];
	struct verdict_settings settings;
	struct verdict verdict;
};

static inline int setup(void **state)
{
	static struct fixture fixture;
	size_t i;

	memset(&fixture, 0, sizeof(fixture));
	fixture.model.capture.cpus = 4;
	fixture.model.duration_ns = 10 * S;
	fixture.model.processes = fixture.processes;
	fixture.model.process_count = 2;
	fixture.model.time.throttled_ns = RECORD_UNKNOWN;
	for (i = 0; i < 2; i++) {
		fixture.processes[i].pid = 100 + (uint32_t)i;
		fixture.processes[i].rss_bytes = 100 * MIB;
		fixture.processes[i].shared_bytes = fixture.processes[i].zombies = RECORD_UNKNOWN;
		fixture.processes[i].time.throttled_ns = RECORD_UNKNOWN;
		memcpy(fixture.processes[i].comm, "server", 7);
	}
	fixture.processes[1].threads = fixture.threads;
	fixture.processes[1].waits = fixture.waits;
	verdict_settings_default(&fixture.settings);
	*state = &fixture;
	return 0;
}

/* One more thread of the second process, so long in these two states and asleep else. */
static inline struct thread_model *add_thread(struct fixture *fixture, const char *comm,
					      enum ledger_state one, uint64_t ns,
					      enum ledger_state other, uint64_t other_ns)
{
	struct process_model *process = &fixture->processes[1];
	struct thread_model *thread = &fixture->threads[process->thread_count];

	thread->tid = process->pid + (uint32_t)process->thread_count++;
	thread->count = 1;
	snprintf(thread->comm, sizeof(thread->comm), "%s", comm);
	thread->time.wall_ns = fixture->model.duration_ns;
	thread->time.throttled_ns = RECORD_UNKNOWN;
	thread->time.state_ns[one] += ns;
	thread->time.state_ns[other] += other_ns;
	thread->time.state_ns[STATE_SLEEP] += fixture->model.duration_ns - ns - other_ns;
	ledger_add(&process->time, &thread->time);
	ledger_add(&fixture->model.time, &thread->time);
	return thread;
}

static inline const struct verdict *judge(struct fixture *fixture)
{
	verdict_judge(&fixture->model, NULL, NULL, &fixture->settings, &fixture->verdict);
	return &fixture->verdict;
}

static inline const struct verdict_finding *finding(struct fixture *fixture, const char *kind)
{
	size_t i;

	judge(fixture);
	for (i = 0; i < fixture->verdict.finding_count; i++)
		if (!strcmp(fixture->verdict.findings[i].kind, kind))
			return &fixture->verdict.findings[i];
	return NULL;
}

static inline void expect_in(const char *text, const char *word)
{
	if (!strstr(text, word))
		fail_msg("\"%s\" is not in \"%s\"", word, text);
}

static inline void expect_not_in(const char *text, const char *word)
{
	if (strstr(text, word))
		fail_msg("\"%s\" is in \"%s\"", word, text);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

#endif
