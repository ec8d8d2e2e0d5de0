// SPDX-License-Identifier: GPL-2.0-or-later
/* Adds what is left of processes that ended and are kept by name only: one row for each name. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/builder.h"

static int add_threads(struct builder *builder, struct process_model *process,
		       const struct ended_threads *from)
{
	static const struct record_thread nothing;
	struct thread_model thread = { .count = from->threads,
				       .exited = true,
				       .open_state = from->sum.state };
	uint64_t own_id = UINT64_MAX - (uint64_t)(from - builder->session->ended.threads);
	int s, error;

	memcpy(thread.comm, from->sum.comm, sizeof(thread.comm));
	thread.time.wall_ns = from->wall_ns;
	builder->model->lost[LOSS_READER] += !build_states(&nothing, &from->sum, &thread.time);
	for (s = 0; s < NR_STATES; s++)
		thread.state_count[s] = from->sum.state_count[s];
	thread.time.throttled_ns = from->sum.throttled_ns;
#define COUNTER_COPY(name) thread.switches.name = from->sum.name;
	THREAD_COUNTERS(COUNTER_COPY)
#undef COUNTER_COPY
	error = builder_add_thread(builder, process, own_id, &thread);
	process->child_inner_ns += from->child_inner_ns;
	for (s = 0; s < NR_STATES && !error; s++)
		if (from->histogram[s])
			error = builder_add_histogram(builder, own_id, (uint32_t)s,
						      from->histogram[s]);
	return error;
}

int build_ended(struct builder *builder)
{
	const struct ended *ended = &builder->session->ended;
	struct process_model *process;
	size_t i;
	int error = 0;

	/* all of it was over before the last window began */
	for (i = 0; builder->window.whole && i < ended->group_count && !error; i++) {
		const struct ended_group *group = &ended->groups[i];

		error = builder_make(builder, group->pid, group->start_ns, &process);
		if (error)
			return error;
		memcpy(process->comm, group->comm, sizeof(process->comm));
		process->merged = group->processes;
		process->born = process->exited = true;
	}
	for (i = 0; builder->window.whole && i < ended->thread_count && !error; i++) {
		const struct ended_group *group = &ended->groups[ended->threads[i].group];

		process = builder_process(builder, group->pid, group->start_ns);
		error = process ? add_threads(builder, process, &ended->threads[i]) : 0;
	}
	return error;
}
