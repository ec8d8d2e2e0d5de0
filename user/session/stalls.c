// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keeps the longest stalls with their frames, each once, although a stall in progress is recorded
 * repeatedly.
 */
#include "session/session_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"

static int compare_stalls(const void *a, const void *b)
{
	const struct record_stall *one = &((const struct stall_entry *)a)->stall;
	const struct record_stall *other = &((const struct stall_entry *)b)->stall;
	uint64_t ns = one->end_ns - one->begin_ns, other_ns = other->end_ns - other->begin_ns;

	if (ns != other_ns)
		return ns > other_ns ? -1 : 1;
	return (one->begin_ns > other->begin_ns) - (one->begin_ns < other->begin_ns);
}

/* The longest come first, and the other half goes. */
static void trim_stalls(struct session *session)
{
	size_t i, keep = session->stall_count / 2;

	qsort(session->stalls, session->stall_count, sizeof(*session->stalls), compare_stalls);
	for (i = keep; i < session->stall_count; i++)
		free(session->stalls[i].frames);
	session->stall_count = keep;
}

/* The stall of a thread that began then, NULL: it made room for longer ones. */
static struct stall_entry *find_stall(struct session *session, uint64_t thread_id,
				      uint64_t begin_ns)
{
	size_t i;

	for (i = session->stall_count; i-- > 0;)
		if (session->stalls[i].stall.thread_id == thread_id &&
		    session->stalls[i].stall.begin_ns == begin_ns)
			return &session->stalls[i];
	return NULL;
}

int session_feed_stall(struct session *session, const struct record_stall *record)
{
	struct stall_entry *entry = find_stall(session, record->thread_id, record->begin_ns);

	if (record->end_ns < record->begin_ns || record->block.state >= NR_STATES ||
	    record->block.object >= NR_OBJECTS)
		return -EINVAL;
	/* it ended just behind the boundary at which it still went on: that is known already */
	if (record->open && entry && !entry->stall.open)
		return 0;
	/* what was recorded while it was in progress is recorded again */
	if (entry) {
		free(entry->frames);
		*entry = session->stalls[--session->stall_count];
	}
	if (session->stall_count >= SESSION_MAX_STALLS)
		trim_stalls(session);
	if (vec_reserve((void **)&session->stalls, &session->stall_capacity, session->stall_count,
			sizeof(*entry)))
		return -ENOMEM;
	entry = &session->stalls[session->stall_count++];
	memset(entry, 0, sizeof(*entry));
	entry->stall = *record;
	entry->stall.where[sizeof(record->where) - 1] = '\0';
	entry->stall.block.call_name[sizeof(record->block.call_name) - 1] = '\0';
	entry->stall.block.file_system[sizeof(record->block.file_system) - 1] = '\0';
	return 0;
}

int session_feed_stall_frame(struct session *session, const struct record_stall_frame *record)
{
	struct stall_entry *entry = find_stall(session, record->thread_id, record->begin_ns);

	if (record->number >= RECORD_MAX_FRAMES)
		return -EINVAL;
	if (!entry || record->number != entry->frame_count)
		return 0;
	if (vec_reserve((void **)&entry->frames, &entry->frame_capacity, entry->frame_count,
			sizeof(*entry->frames)))
		return -ENOMEM;
	memcpy(entry->frames[entry->frame_count], record->text, sizeof(record->text));
	entry->frames[entry->frame_count++][sizeof(record->text) - 1] = '\0';
	return 0;
}
