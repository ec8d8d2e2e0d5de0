// SPDX-License-Identifier: GPL-2.0-or-later
/* Follows waits from process to process, until one leads outside or all are closed. */
#include "analysis/stuck/stuck_closed.h"

#include "analysis/stuck/stuck_waits.h"
#include "lib/runtimes.h"

#define CLOSED_MAX 64 /* processes that may depend on each other */

/* Processes that are found to depend on each other; those from `done` on are still to be looked at. */
struct closed {
	const struct model *model;
	const struct process_model *members[CLOSED_MAX];
	size_t count, done;
};

const struct process_model *stuck_process(const struct model *model, uint32_t pid)
{
	size_t i;

	for (i = 0; pid && i < model->process_count; i++)
		if (model->processes[i].pid == pid && !model->processes[i].exited)
			return &model->processes[i];
	return NULL;
}

/* False: it is no process of the target, or there is no room. */
static bool depend_on(struct closed *closed, const struct process_model *process)
{
	size_t i;

	if (!process)
		return false;
	for (i = 0; i < closed->count; i++)
		if (closed->members[i] == process)
			return true;
	if (closed->count == CLOSED_MAX)
		return false;
	closed->members[closed->count++] = process;
	return true;
}

static bool depend_on_children(struct closed *closed, const struct process_model *parent)
{
	const struct process_model *each;
	bool any = false;
	size_t i;

	for (i = 0; i < closed->model->process_count; i++) {
		each = &closed->model->processes[i];
		if (each->ppid != parent->pid || each->exited)
			continue;
		any = true;
		if (!depend_on(closed, each))
			return false;
	}
	return any;
}

bool stuck_closed_read(const struct standing_model *wait)
{
	return wait->state == STATE_IPC && !wait->writes && wait->other_known && !wait->other_many;
}

bool stuck_waits_for_file(const struct process_model *process, const struct standing_model *wait)
{
	return wait->state == STATE_LOCK && !wait->waits_for_lock && process->file_lock_pid;
}

/* Adds the processes that could end the wait. False: something else could. */
static bool is_closed_wait(struct closed *closed, const struct process_model *process,
			   const struct standing_model *wait)
{
	if (stuck_closed_read(wait))
		return wait->internal ||
		       depend_on(closed, stuck_process(closed->model, wait->other_pid));
	if (stuck_waits_for_file(process, wait))
		return depend_on(closed, stuck_process(closed->model, process->file_lock_pid));
	if (wait->state == STATE_CHILD)
		return depend_on_children(closed, process);
	return wait->state == STATE_STOPPED || (wait->internal && stuck_wait_joins(wait));
}

bool stuck_closed(const struct model *model, const struct process_model *process)
{
	struct closed closed = { .model = model };
	const struct process_model *each;
	size_t i;

	depend_on(&closed, process);
	while (closed.done < closed.count) {
		each = closed.members[closed.done++];
		if (!stuck_all_stand(each) || runtime_traits_of(each->runtime)->parks_tasks)
			return false;
		for (i = 0; i < each->standing_count; i++)
			if (!is_closed_wait(&closed, each, &each->standing[i]))
				return false;
	}
	return true;
}
