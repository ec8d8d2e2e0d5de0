// SPDX-License-Identifier: GPL-2.0-or-later
/* Sums and frees the plain structs. */
#include "model/model.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void model_base_name(const char *comm, char ret[RECORD_COMM_LEN])
{
	size_t length = strnlen(comm, RECORD_COMM_LEN - 1);

	while (length && isdigit((unsigned char)comm[length - 1]))
		length--;
	while (length && strchr("-_:#/. ", comm[length - 1]))
		length--;
	memset(ret, 0, RECORD_COMM_LEN);
	memcpy(ret, comm, length ? length : strnlen(comm, RECORD_COMM_LEN - 1));
}

uint64_t model_places_refused_ns(const struct model *model)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < NR_STATES; i++)
		sum += model->places_refused_ns[i];
	return sum;
}

uint64_t model_processes_of(const struct process_model *process)
{
	return process->merged ? process->merged : 1;
}

uint64_t model_processes(const struct model *model)
{
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < model->process_count; i++)
		count += model_processes_of(&model->processes[i]);
	return count;
}

const struct process_model *model_process_of(const struct model *model, uint32_t pid)
{
	size_t i;

	for (i = 0; i < model->process_count; i++)
		if (model->processes[i].pid == pid)
			return &model->processes[i];
	return NULL;
}

uint64_t model_signal_ns(const struct process_model *process)
{
	const struct wait_model *wait;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < process->wait_count; i++) {
		wait = &process->waits[i];
		if (wait->state == STATE_OTHER &&
		    record_wait_for_signal(wait->call_name, wait->object))
			sum += wait->wait_ns;
	}
	return sum;
}

struct process_range model_range(const struct model *model, const struct process_model *process)
{
	if (process)
		return (struct process_range){ process, process + 1 };
	if (!model->process_count) /* to NULL nothing may be added, not even 0 */
		return (struct process_range){ NULL, NULL };
	return (struct process_range){ model->processes, model->processes + model->process_count };
}

bool model_loop_never_returned(const struct model *model, const struct process_model *process)
{
	struct process_range range = model_range(model, process);
	const struct process_model *each;
	size_t i;

	for (each = range.first; each < range.end; each++)
		for (i = 0; i < each->stall_count; i++)
			if (each->stalls[i].open &&
			    each->stalls[i].duration_ns >= model->duration_ns)
				return true;
	return false;
}

static uint64_t work_ns(const struct ledger *time, uint64_t inner_ns, uint64_t unended_ipc_ns)
{
	uint64_t io = states_sum(time->state_ns, GROUP_IO), work = states_work(time->state_ns);
	uint64_t off = inner_ns + unended_ipc_ns;

	return work - (off < io ? off : io);
}

uint64_t model_thread_work_ns(const struct thread_model *thread)
{
	return work_ns(&thread->time, thread->inner_ns, thread->unended_ipc_ns);
}

uint64_t model_process_work_ns(const struct process_model *process)
{
	uint64_t inner_ns = 0;
	size_t s;

	for (s = 0; s < NR_STATES; s++)
		inner_ns += process->inner_ns[s];
	return work_ns(&process->time, inner_ns, process->unended_ipc_ns);
}

#define MOST 0.5 /* of the window, or of a thread's time */

static bool most_of(uint64_t part_ns, uint64_t whole_ns)
{
	return whole_ns && (double)part_ns > MOST * (double)whole_ns;
}

/* Are the polls of the process mostly at epoll sets? poll and select on fds of a call are at none. */
static bool polls_at_sets(const struct process_model *process)
{
	uint64_t at_sets = 0, all = 0;
	size_t i;

	for (i = 0; i < process->wait_count; i++) {
		const struct wait_model *wait = &process->waits[i];

		if (wait->state != STATE_POLL_IDLE && wait->state != STATE_POLL_IO)
			continue;
		all += wait->wait_ns;
		at_sets += strncmp(wait->call_name, "epoll_", 6) ? 0 : wait->wait_ns;
	}
	return !all || most_of(at_sets, all);
}

/* A poll of what one call waits for is no return to an event set. */
static bool is_call(const struct loop_model *loop)
{
	return loop->kind == LOOP_KIND_POLL &&
	       (loop->loop_class == LOOP_ONE || loop->loop_class == LOOP_TOO_FEW);
}

bool model_is_at_set(const struct process_model *process, const struct thread_model *thread)
{
	const uint64_t *ns = thread->time.state_ns;
	size_t i;

	for (i = 0; thread->count == 1 && i < process->loop_count; i++)
		if (process->loops[i].tid == thread->tid && process->loops[i].iterations &&
		    !is_call(&process->loops[i]))
			return true;
	return most_of(ns[STATE_POLL_IDLE] + ns[STATE_POLL_IO], thread->time.wall_ns) &&
	       polls_at_sets(process);
}

bool model_is_parked(const struct thread_model *thread)
{
	const uint64_t *ns = thread->time.state_ns;

	return most_of(ns[STATE_CONDITION] + ns[STATE_REQUEST] + ns[STATE_STOPPED] +
			       ns[STATE_UNOBSERVED],
		       thread->time.wall_ns);
}

bool model_is_away(const struct model *model, const struct process_model *process,
		   const struct thread_model *thread)
{
	return thread->count == 1 && most_of(thread->time.wall_ns, model->duration_ns) &&
	       !model_is_parked(thread) && !model_is_at_set(process, thread);
}

bool model_is_loop(const struct process_model *process, const struct thread_model *thread)
{
	size_t i;

	for (i = 0; thread->count == 1 && i < process->loop_count; i++)
		if (process->loops[i].tid == thread->tid &&
		    process->loops[i].loop_class == LOOP_EVENT_LOOP)
			return true;
	return false;
}

uint64_t model_lag_end_ns(size_t bucket)
{
	uint64_t octave = 1ULL << (RECORD_LAG_FIRST + bucket / RECORD_LAG_PARTS);

	return octave + octave / RECORD_LAG_PARTS * (bucket % RECORD_LAG_PARTS + 1);
}

bool model_gave_up(const struct model *model, enum detail_place which)
{
	return model->overhead.given_up_ns[which] > model->duration_ns / 2;
}

uint64_t longest_ns(const struct longest *longest)
{
	return longest->least_ns == longest->most_ns ? longest->least_ns : RECORD_UNKNOWN;
}

void longest_add(struct longest *to, const struct longest *one)
{
	if (one->least_ns > to->least_ns)
		to->least_ns = one->least_ns;
	if (one->most_ns > to->most_ns)
		to->most_ns = one->most_ns;
}

void ledger_add(struct ledger *to, const struct ledger *from)
{
	int i;

	to->wall_ns += from->wall_ns;
	for (i = 0; i < NR_STATES; i++)
		to->state_ns[i] += from->state_ns[i];
	/* one part that was not measured leaves the sum unknown */
	if (to->throttled_ns == RECORD_UNKNOWN || from->throttled_ns == RECORD_UNKNOWN)
		to->throttled_ns = RECORD_UNKNOWN;
	else
		to->throttled_ns += from->throttled_ns;
}

void switches_add(struct switch_counts *to, const struct switch_counts *from)
{
#define COUNTER_ADD(name) to->name += from->name;
	THREAD_COUNTERS(COUNTER_ADD)
#undef COUNTER_ADD
}

void model_free(struct model *model)
{
	size_t i, j;
	int s;

	for (i = 0; i < model->process_count; i++) {
		for (j = 0; j < model->processes[i].thread_count; j++)
			for (s = 0; s < NR_STATES; s++)
				free(model->processes[i].threads[j].histogram[s]);
		for (j = 0; j < model->processes[i].lock_count; j++)
			free(model->processes[i].locks[j].frames);
		for (j = 0; j < model->processes[i].place_group_count; j++)
			free(model->processes[i].place_groups[j].places);
		free(model->processes[i].place_groups);
		free(model->processes[i].threads);
		free(model->processes[i].waits);
		free(model->processes[i].calls);
		free(model->processes[i].locks);
		for (j = 0; j < model->processes[i].standing_count; j++)
			free(model->processes[i].standing[j].frames);
		free(model->processes[i].standing);
		free(model->processes[i].backlogs);
		for (j = 0; j < model->processes[i].stall_count; j++) {
			free(model->processes[i].stalls[j].block);
			free(model->processes[i].stalls[j].frames);
		}
		free(model->processes[i].stalls);
		free(model->processes[i].loops);
	}
	free(model->frames);
	free(model->intervals);
	free(model->neighbours);
	free(model->processes);
	memset(model, 0, sizeof(*model));
}

uint64_t switches_cost(const struct record_capture *capture, const struct switch_counts *switches)
{
	double ns;

	if (capture->switch_same_ns == RECORD_UNKNOWN || capture->switch_other_ns == RECORD_UNKNOWN)
		return RECORD_UNKNOWN;
	ns = (double)capture->switch_same_ns *
		     ((double)switches->in_same_process + (double)switches->in_idle) +
	     (double)capture->switch_other_ns * (double)switches->in_other_process;
	return ns < (double)(UINT64_MAX / 2) ? (uint64_t)ns : RECORD_UNKNOWN;
}
