/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What test_findings.c and test_timeline.c share. */
#ifndef TEST_FINDINGS_FIXTURE_H
#define TEST_FINDINGS_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "verdict/findings/findings.h"
#include "analysis/pools.h"
#include "verdict/roles.h"
#include "verdict/rules.h"
#include "verdict/timeline.h"

#define S 1000000000ULL

#define MS 1000000ULL

#define MAX_PROCESSES 5

#define MAX_THREADS 6

/* Some processes, the later ones children of the first, watched for 10 s on 4 CPUs. */
struct fixture {
	struct model model;
	struct process_model processes[MAX_PROCESSES];
	struct thread_model threads[MAX_PROCESSES][MAX_THREADS];
	struct verdict_settings settings;
	struct timeline timeline;
	struct verdict verdict;
	double slowed; /* of what grows */
};

static const struct growth_model unknown = { RECORD_UNKNOWN, RECORD_UNKNOWN, NAN, 0, 0, 0 };

static inline int setup(void **state)
{
	static struct fixture fixture;
	size_t i;

	memset(&fixture, 0, sizeof(fixture));
	fixture.model.capture.cpus = 4;
	fixture.model.capture.switch_same_ns = fixture.model.capture.switch_other_ns =
		RECORD_UNKNOWN;
	fixture.model.duration_ns = 10 * S;
	fixture.model.time.throttled_ns = RECORD_UNKNOWN;
	fixture.model.processes = fixture.processes;
	for (i = 0; i < MAX_PROCESSES; i++) {
		struct process_model *process = &fixture.processes[i];

		process->pid = 100 + 100 * (uint32_t)i;
		process->ppid = i ? 100 : 1;
		process->threads = fixture.threads[i];
		process->rss_bytes = process->shared_bytes = process->zombies = RECORD_UNKNOWN;
		process->memory = process->writable = unknown;
		process->thread_growth = process->descriptors = unknown;
		process->time.throttled_ns = RECORD_UNKNOWN;
		memcpy(process->comm, "worker", 7);
	}
	verdict_settings_default(&fixture.settings);
	*state = &fixture;
	return 0;
}

static inline int teardown(void **state)
{
	timeline_free(&((struct fixture *)*state)->timeline);
	return 0;
}

/* A thread that was in this state for so long, and for the rest of the window in `other`. */
static inline struct thread_model *add_thread(struct fixture *fixture, size_t process,
					      const char *comm, enum ledger_state one, uint64_t ns,
					      enum ledger_state other)
{
	struct process_model *of = &fixture->processes[process];
	struct thread_model *thread = &fixture->threads[process][of->thread_count];

	if (fixture->model.process_count <= process)
		fixture->model.process_count = process + 1;
	thread->tid = of->pid + (uint32_t)of->thread_count++;
	thread->count = 1;
	snprintf(thread->comm, sizeof(thread->comm), "%s", comm);
	thread->time.wall_ns = fixture->model.duration_ns;
	thread->time.throttled_ns = RECORD_UNKNOWN;
	thread->time.state_ns[one] += ns;
	thread->time.state_ns[other] += fixture->model.duration_ns - ns;
	ledger_add(&of->time, &thread->time);
	ledger_add(&fixture->model.time, &thread->time);
	return thread;
}

static inline const struct verdict *judge(struct fixture *fixture)
{
	verdict_judge(&fixture->model, NULL, &fixture->timeline, &fixture->settings,
		      &fixture->verdict);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
