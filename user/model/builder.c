// SPDX-License-Identifier: GPL-2.0-or-later
/* The processes of a model that is being built. */
#include "model/builder.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"
#include "session/session.h"

static const struct growth_model growth_unknown = {
	.first = RECORD_UNKNOWN,
	.last = RECORD_UNKNOWN,
	.per_s = NAN,
};

struct process_model *builder_process(const struct builder *builder, uint32_t pid,
				      uint64_t start_ns)
{
	size_t position = index_find(&builder->index, session_process_key(pid, start_ns));

	return position == INDEX_NONE ? NULL : &builder->model->processes[position];
}

/* Compares the mean rise of a step since half_steps with that of all steps. */
static double slowed(const struct trend *trend)
{
	double all = ((double)trend->last - (double)trend->first) / trend->steps;
	uint32_t later = trend->steps - trend->half_steps;

	if (!later || !(all > 0))
		return 0;
	return 1 -
	       ((double)trend->last - (double)(trend->half_steps ? trend->half : trend->first)) /
		       later / all;
}

/* Over the whole capture, or the last hour, whatever the window: growth takes time to show. */
static struct growth_model growth_of(const struct builder *builder, const struct trend *trend)
{
	const struct session *session = builder->session;
	uint64_t since_ns = trend->since_ns ? trend->since_ns : session->opened_ns;
	double seconds = (double)span_minus(session->last_ns, since_ns) / 1e9;
	struct growth_model growth = growth_unknown;

	if (trend->first == RECORD_UNKNOWN || !trend->steps || seconds <= 0)
		return growth;
	growth.first = trend->first;
	growth.last = trend->last;
	growth.steps = trend->steps;
	growth.rises = trend->rises;
	growth.per_s = ((double)trend->last - (double)trend->first) / seconds;
	growth.slowed = slowed(trend);
	return growth;
}

int builder_make(struct builder *builder, uint32_t pid, uint64_t start_ns,
		 struct process_model **ret)
{
	struct model *model = builder->model;
	size_t old = builder->process_capacity, count = model->process_count;
	struct process_model *process;

	if (vec_reserve((void **)&model->processes, &builder->process_capacity, count,
			sizeof(*process)))
		return -ENOMEM;
	if (builder->process_capacity != old) {
		size_t size = builder->process_capacity * sizeof(size_t);
		size_t *threads = realloc(builder->thread_capacity, size), *waits, *calls;

		builder->thread_capacity = threads ? threads : builder->thread_capacity;
		waits = realloc(builder->wait_capacity, size);
		builder->wait_capacity = waits ? waits : builder->wait_capacity;
		calls = realloc(builder->call_capacity, size);
		builder->call_capacity = calls ? calls : builder->call_capacity;
		if (!threads || !waits || !calls)
			return -ENOMEM;
	}
	if (index_add(&builder->index, session_process_key(pid, start_ns), count))
		return -ENOMEM;
	builder->thread_capacity[count] = builder->wait_capacity[count] = 0;
	builder->call_capacity[count] = 0;
	process = &model->processes[count];
	memset(process, 0, sizeof(*process));
	process->pid = pid;
	process->start_ns = start_ns;
	process->rss_bytes = RECORD_UNKNOWN;
	process->shared_bytes = process->zombies = process->event_sets = RECORD_UNKNOWN;
	process->memory = process->writable = growth_unknown;
	process->thread_growth = process->descriptors = growth_unknown;
	model->process_count++;
	*ret = process;
	return 0;
}

/* What surrounds it: its tracer, and what it may use. */
static void take_limits(struct process_model *process, const struct record_process *facts)
{
	process->frameworks = facts->frameworks;
	process->tracer_pid = facts->tracer_pid;
	memcpy(process->tracer_comm, facts->tracer_comm, sizeof(process->tracer_comm));
	process->cpus_allowed = facts->cpus_allowed;
	process->cpu_mask = facts->cpu_mask;
	process->cpu_quota = facts->cpu_quota;
	process->memory_limit = facts->memory_limit;
	process->memory_usage = facts->memory_usage;
	process->memory_failures = facts->memory_failures;
	process->swap_bytes = facts->swap_bytes;
	process->file_lock_pid = facts->file_lock_pid;
	memcpy(process->file_lock_comm, facts->file_lock_comm, sizeof(process->file_lock_comm));
}

int builder_process_of(struct builder *builder, const struct record_thread *thread,
		       struct process_model **ret)
{
	uint64_t key = session_process_key(thread->pid, thread->process_start_ns);
	const struct session *session = builder->session;
	const struct process_entry *facts;
	struct process_model *process;
	size_t position;
	int error;

	*ret = builder_process(builder, thread->pid, thread->process_start_ns);
	if (*ret)
		return 0;
	error = builder_make(builder, thread->pid, thread->process_start_ns, ret);
	if (error)
		return error;
	process = *ret;
	process->ppid = thread->ppid;
	memcpy(process->comm, thread->comm, sizeof(process->comm));
	position = index_find(&session->process_index, key);
	if (position == INDEX_NONE)
		return 0;
	facts = &session->processes[position];
	process->had_children = builder->window.whole && facts->had_children;
	process->children_ns = builder->window.whole ? facts->children_ns : 0;
	process->ppid = facts->last.ppid;
	memcpy(process->comm, facts->last.comm, sizeof(process->comm));
	memcpy(process->exe, facts->last.exe, sizeof(process->exe));
	process->label = facts->last.label;
	memcpy(process->runtime, facts->last.runtime, sizeof(process->runtime));
	memcpy(process->runtime_version, facts->last.runtime_version,
	       sizeof(process->runtime_version));
	process->no_frames = facts->last.no_frames;
	take_limits(process, &facts->last);
	process->execs = facts->last.execs;
	process->born = facts->last.born_ns >= builder->window.start_ns;
	process->exited = facts->last.exited_ns && facts->last.exited_ns <= builder->window.end_ns;
	process->rss_bytes = facts->last.rss_bytes;
	process->shared_bytes = facts->last.shared_bytes;
	process->zombies = facts->last.zombies;
	process->event_sets = facts->last.event_sets;
	process->pending = facts->last.pending;
	process->memory = growth_of(builder, &facts->rss);
	process->writable = growth_of(builder, &facts->writable);
	process->thread_growth = growth_of(builder, &facts->threads);
	process->descriptors = growth_of(builder, &facts->descriptors);
	return 0;
}
