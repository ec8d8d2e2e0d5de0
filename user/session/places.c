// SPDX-License-Identifier: GPL-2.0-or-later
/* Keeps where in the program threads waited or ran: places of locks, and samples with their frames. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "lib/vec.h"
#include "session/session_parts.h"
#include "trace/fields.h"

uint64_t session_lock_place_key(uint32_t pid, uint64_t process_start_ns, uint64_t address)
{
	uint64_t key = index_hash(&process_start_ns, sizeof(process_start_ns), 0);

	key = index_hash(&pid, sizeof(pid), key);
	return index_hash(&address, sizeof(address), key);
}

int session_feed_lock_place(struct session *session, const struct record_lock_place *record)
{
	uint64_t key =
		session_lock_place_key(record->pid, record->process_start_ns, record->address);
	struct lock_place_entry *entry;

	entry = session_entry_of(ENTRY_TABLE(session, lock_place), key);
	if (!entry)
		return -ENOMEM;
	entry->seen.last = session->snapshot;
	entry->last = *record;
	entry->last.symbol[sizeof(record->symbol) - 1] = '\0';
	entry->last.where[sizeof(record->where) - 1] = '\0';
	return 0;
}

int session_feed_lock_frame(struct session *session, const struct record_lock_frame *record)
{
	size_t position = index_find(&session->lock_place_index,
				     session_lock_place_key(record->pid, record->process_start_ns,
							    record->address));
	struct lock_place_entry *entry;

	if (record->number >= RECORD_MAX_FRAMES)
		return -EINVAL;
	if (position == INDEX_NONE)
		return 0; /* of a place that damage took from a recording */
	entry = &session->lock_places[position];
	if (!record->number)
		entry->frame_count = 0;
	if (record->number != entry->frame_count)
		return 0;
	if (vec_reserve((void **)&entry->frames, &entry->frame_capacity, entry->frame_count,
			sizeof(*entry->frames)))
		return -ENOMEM;
	memcpy(entry->frames[entry->frame_count], record->text, sizeof(record->text));
	entry->frames[entry->frame_count++][sizeof(record->text) - 1] = '\0';
	return 0;
}

int session_feed_place_frame(struct session *session, const struct record_place_frame *record)
{
	struct place_frame_entry *entry;

	if (!record->id || record->id <= record->caller)
		return -EINVAL; /* callers come first: a chain of them ends */
	entry = session_entry_of(ENTRY_TABLE(session, place_frame), record->id);
	if (!entry)
		return -ENOMEM;
	entry->seen.last = session->snapshot;
	entry->last = *record;
	entry->last.text[sizeof(record->text) - 1] = '\0';
	entry->last.file[sizeof(record->file) - 1] = '\0';
	return 0;
}

int session_feed_place(struct session *session, const struct record_place *record)
{
	struct record_place *last;

	if (record->state >= NR_STATES || record->object >= NR_OBJECTS)
		return -EINVAL;
	last = ROW_STORE(session, place, row_key(&row_kinds[ROW_PLACE], record), record);
	if (!last)
		return -ENOMEM;
	last->call_name[sizeof(last->call_name) - 1] = '\0';
	last->where[sizeof(last->where) - 1] = '\0';
	return 0;
}
