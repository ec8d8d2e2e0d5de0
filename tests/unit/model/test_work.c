// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of what a thread or a process works, by which the busiest is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/model.h"

#define S 1000000000ULL

/* Each state of work counts, page faults, kernel and children among them; no other does. */
static void test_each_state_of_work_counts(void **state)
{
	uint32_t s;

	for (s = 0; s < NR_STATES; s++) {
		struct thread_model thread = { .time.wall_ns = S };
		struct process_model process = { .time.wall_ns = S };
		uint64_t work = state_is_work(s) ? S : 0;

		thread.time.state_ns[s] = process.time.state_ns[s] = S;
		assert_int_equal(model_thread_work_ns(&thread), work);
		assert_int_equal(model_process_work_ns(&process), work);
	}
}

static void test_waits_inside_the_target_are_counted_where_the_work_is(void **state)
{
	struct thread_model thread = { .time.state_ns = { [STATE_IPC] = 5 * S, [STATE_ON_CPU] = S },
				       .inner_ns = 3 * S };
	struct process_model process = {
		.time.state_ns = { [STATE_IPC] = 5 * S, [STATE_ON_CPU] = S },
		.inner_ns = { [STATE_IPC] = 3 * S },
		.unended_ipc_ns = S
	};

	assert_int_equal(model_thread_work_ns(&thread), 3 * S);
	assert_int_equal(model_process_work_ns(&process), 2 * S);
	process.unended_ipc_ns = 9 * S; /* a damaged trace may say so */
	assert_int_equal(model_process_work_ns(&process), S);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_state_of_work_counts),
		cmocka_unit_test(test_waits_inside_the_target_are_counted_where_the_work_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
