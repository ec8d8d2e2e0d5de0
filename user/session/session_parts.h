/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What session.c shares with stalls.c and places.c: private to them. */
#ifndef BOUNDBY_SESSION_SESSION_PARTS_H
#define BOUNDBY_SESSION_SESSION_PARTS_H

#include <stddef.h>

#include "session/session.h"

/* One of the session's tables of entries with a key. Entries begin with struct seen. */
struct entry_table {
	void **entries;
	size_t *count, *capacity;
	struct index *index;
	size_t size; /* of an entry */
};

/* name: of the entries, as in struct session. */
#define ENTRY_TABLE(session, name)                                                     \
	((struct entry_table){ (void **)&(session)->name##s, &(session)->name##_count, \
			       &(session)->name##_capacity, &(session)->name##_index,  \
			       sizeof(*(session)->name##s) })

/* Finds the entry of a key in a table, or makes a zeroed one. NULL when out of memory. */
void *session_entry_of(struct entry_table table, uint64_t key);

/*
 * Takes the entries that are gone out of a table and its index, and gives back what a burst left
 * behind; the order stays. 0 or -ENOMEM, after which the session is unusable.
 */
int session_close_up(struct entry_table table, const bool *gone);

/* Stores a record of its snapshot. The entry's last, to be checked; NULL when out of memory. */
void *session_row_store(struct session *session, struct entry_table table, size_t record_size,
			uint64_t key, const void *record);

/* The three records are the last members of an entry, in this order; the header marks it so. */
#define ROW_STORE(session, name, key, record)                                                      \
	({                                                                                         \
		_Static_assert(sizeof(struct name##_entry) ==                                      \
				       offsetof(struct name##_entry, first) +                      \
					       3 * sizeof(*(record)),                              \
			       "first, previous, last");                                           \
		session_row_store((session), ENTRY_TABLE(session, name), sizeof(*(record)), (key), \
				  (record));                                                       \
	})

/* Takes a stall; one in progress is replaced by its next record. 0, -EINVAL or -ENOMEM. */
int session_feed_stall(struct session *session, const struct record_stall *record);

/* Frames follow their stall, in their order; those of none that is kept are left out. */
int session_feed_stall_frame(struct session *session, const struct record_stall_frame *record);

/* The place of a lock, the same for all its rows, and a frame of it, after it. 0, -EINVAL or -ENOMEM. */
int session_feed_lock_place(struct session *session, const struct record_lock_place *record);
int session_feed_lock_frame(struct session *session, const struct record_lock_frame *record);

/* A frame of the tree, and a place that refers to one. 0, -EINVAL or -ENOMEM. */
int session_feed_place_frame(struct session *session, const struct record_place_frame *record);
int session_feed_place(struct session *session, const struct record_place *record);

/* One more look at what may grow of a process; entry still has the look before. */
void session_add_trends(const struct session *session, struct process_entry *entry,
			const struct record_process *record);

#endif
