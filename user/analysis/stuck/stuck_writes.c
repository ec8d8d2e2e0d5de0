// SPDX-License-Identifier: GPL-2.0-or-later
/* Proofs by writes and sends that were blocked for the whole window. */
#include <string.h>

#include "analysis/stuck/stuck_closed.h"
#include "analysis/stuck/stuck_proofs.h"
#include "analysis/stuck/stuck_waits.h"

static bool is_stream(uint32_t object)
{
	switch (object) {
	case OBJECT_PIPE:
	case OBJECT_UNIX:
	case OBJECT_UNIX_ACCEPTED:
	case OBJECT_TCP_CONNECTED:
	case OBJECT_TCP_ACCEPTED:
	case OBJECT_TERMINAL:
		return true;
	}
	return false;
}

/* A client that takes nothing holds up one thread of a server that works; a busy reader will read. */
static bool is_held_up(const struct model *model, const struct process_model *process,
		       const struct process_model *other, const struct standing_model *wait)
{
	if (wait->object == OBJECT_TCP_ACCEPTED || wait->object == OBJECT_UNIX_ACCEPTED)
		return !stuck_is_still(model, process);
	return other && other != process && !stuck_is_still(model, other);
}

/* Threads that write at the same line, to the same reader, wait for one thing. */
static struct stuck *same_write(struct proofs *proofs, const struct process_model *process,
				const struct standing_model *wait)
{
	struct stuck *row;

	for (row = proofs->rows; row < proofs->rows + proofs->count; row++)
		if (row->kind == STUCK_WRITE && row->process == process &&
		    row->wait->object == wait->object && row->wait->other_pid == wait->other_pid &&
		    row->wait->peer_port == wait->peer_port &&
		    !strcmp(row->wait->where, wait->where))
			return row;
	return NULL;
}

static void add_reader(struct proofs *proofs, const struct process_model *other)
{
	const struct standing_model *reader = other ? stuck_wait_of(other, other->pid) : NULL;
	size_t i;

	for (i = 0; reader && i < proofs->count; i++)
		if (proofs->rows[i].kind == STUCK_READER && proofs->rows[i].process == other)
			return;
	if (reader)
		stuck_add(proofs, STUCK_READER, other, reader);
}

void stuck_find_writes(struct proofs *proofs, const struct model *model,
		       const struct process_model *process)
{
	const struct process_model *other;
	const struct standing_model *wait;
	struct stuck *row;
	size_t i;

	for (i = 0; i < process->standing_count; i++) {
		wait = &process->standing[i];
		if (!wait->writes || !is_stream(wait->object))
			continue;
		other = stuck_process(model, wait->other_pid);
		if (is_held_up(model, process, other, wait))
			continue;
		row = same_write(proofs, process, wait);
		if (!row)
			row = stuck_add(proofs, STUCK_WRITE, process, wait);
		if (!row)
			return;
		row->threads++;
		add_reader(proofs, other);
	}
}
