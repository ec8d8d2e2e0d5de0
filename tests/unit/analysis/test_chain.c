// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of verdict/chain on hand-made models: which thread is found to block which. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "verdict/words/wording.h"

#define S 1000000000ULL
#define THREADS 10

struct fixture {
	struct model model;
	struct process_model process;
	struct thread_model threads[THREADS];
};

/* Threads 1 to count of process 9, watched for 10 s, all of it in one state. */
static void make(struct fixture *fixture, size_t count, enum ledger_state state)
{
	size_t i;

	memset(fixture, 0, sizeof(*fixture));
	fixture->model.processes = &fixture->process;
	fixture->model.process_count = 1;
	fixture->process.threads = fixture->threads;
	fixture->process.thread_count = count;
	for (i = 0; i < count; i++) {
		fixture->threads[i].tid = (uint32_t)i + 1;
		fixture->threads[i].count = 1;
		fixture->threads[i].comm[0] = (char)('a' + i);
		fixture->threads[i].time.wall_ns = 10 * S;
		fixture->threads[i].time.state_ns[state] = 10 * S;
	}
}

static void wakes(struct fixture *fixture, uint32_t waiter, uint32_t waker, enum ledger_state state,
		  uint64_t ns)
{
	struct thread_model *thread = &fixture->threads[waiter - 1];

	thread->wakers[thread->waker_count++] = (struct waker_model){
		.pid = 9, .tid = waker, .state = state, .count = 1, .ns = ns
	};
}

static void test_followed_to_its_end(void **state)
{
	struct chain chain;
	struct fixture fixture;
	char text[160];

	make(&fixture, 4, STATE_ON_CPU);
	wakes(&fixture, 1, 2, STATE_CONDITION, 9 * S);
	wakes(&fixture, 1, 4, STATE_CONDITION, 1 * S);
	wakes(&fixture, 2, 3, STATE_IPC, 8 * S);
	assert_true(chain_find(&fixture.model, NULL, &chain));
	assert_int_equal(chain.count, 3);
	wording_chain(&chain, text, sizeof(text));
	assert_string_equal(text,
			    "a/1 waits 90 % of its time for b/2, which waits for c/3, which is "
			    "mostly on_cpu");
	assert_true(chain_find(&fixture.model, &fixture.process, &chain));
}

static void test_half_is_the_least(void **state)
{
	struct chain chain;
	struct fixture fixture;

	make(&fixture, 2, STATE_ON_CPU);
	wakes(&fixture, 1, 2, STATE_CONDITION, 5 * S - 1);
	assert_false(chain_find(&fixture.model, NULL, &chain));
	fixture.threads[0].wakers[0].ns++;
	assert_true(chain_find(&fixture.model, NULL, &chain));
}

/* A circle, an end that waits for work itself, the GIL, the kernel, a thread that is gone. */
static void test_no_chain(void **state)
{
	struct chain chain;
	struct fixture fixture;

	make(&fixture, 2, STATE_ON_CPU);
	wakes(&fixture, 1, 2, STATE_IPC, 9 * S);
	wakes(&fixture, 2, 1, STATE_IPC, 8 * S);
	assert_false(chain_find(&fixture.model, NULL, &chain));
	make(&fixture, 2, STATE_REQUEST);
	wakes(&fixture, 1, 2, STATE_CONDITION, 9 * S);
	assert_false(chain_find(&fixture.model, NULL, &chain));
	make(&fixture, 2, STATE_ON_CPU);
	wakes(&fixture, 1, 2, STATE_GIL, 9 * S);
	assert_false(chain_find(&fixture.model, NULL, &chain));
	make(&fixture, 2, STATE_ON_CPU);
	wakes(&fixture, 1, 0, STATE_NETWORK, 9 * S);
	assert_false(chain_find(&fixture.model, NULL, &chain));
	make(&fixture, 2, STATE_ON_CPU);
	wakes(&fixture, 1, 77, STATE_CONDITION, 9 * S);
	assert_false(chain_find(&fixture.model, NULL, &chain));
}

/* More links than are kept: it ends, and at a thread that exists. */
static void test_long(void **state)
{
	struct chain chain;
	struct fixture fixture;
	uint32_t i;

	make(&fixture, THREADS, STATE_DISK);
	for (i = 1; i < THREADS; i++)
		wakes(&fixture, i, i + 1, STATE_CONDITION, 9 * S);
	assert_true(chain_find(&fixture.model, NULL, &chain));
	assert_int_equal(chain.count, CHAIN_MAX);
	assert_int_equal(chain.state, STATE_DISK);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_followed_to_its_end),
		cmocka_unit_test(test_half_is_the_least),
		cmocka_unit_test(test_no_chain),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
