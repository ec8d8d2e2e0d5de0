/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waits that lasted the whole window: what each says by itself. Pure. */
#ifndef BOUNDBY_ANALYSIS_STUCK_WAITS_H
#define BOUNDBY_ANALYSIS_STUCK_WAITS_H

#include "model/model.h"

/* The waits of a process that lasted the whole window, by thread; NULL: the thread's did not. */
const struct standing_model *stuck_wait_of(const struct process_model *process, uint32_t tid);

/*
 * Is every wait that lasted the whole window one for work: at an event set or listener without pending
 * connections, for a client, for a timer, in a pool's own wait? Else an idle process may be stuck too.
 * Names the first that is not, NULL none.
 */
const struct standing_model *stuck_unexplained(const struct model *model,
					       const struct process_model *process);

/*
 * An accepted connection with bytes that nothing read in the whole window, though a thread waits at a set that
 * holds it: edge-triggered, and not emptied when it was read. NULL none.
 */
const struct backlog_model *stuck_left_unread(const struct model *model,
					      const struct process_model *process);

/*
 * A listener whose queue was not empty when the window opened, nor when it closed: connections wait, whatever
 * its threads do. NULL none.
 */
const struct backlog_model *stuck_queued(const struct model *model,
					 const struct process_model *process);

/* Threads that wait for the whole window for the lock of one that waits for work: their wait is rest too. */
uint64_t stuck_followers(const struct model *model, const struct process_model *process);

/* May work come to the target, or this process: does a thread wait for it outside, or move at all? */
bool stuck_awaits_work(const struct model *model, const struct process_model *process);

/* All of its threads that were seen waited for one thing each: none can have taken anything. */
bool stuck_none_moved(const struct process_model *process);

/* The same, and these are all the threads that it has: a target may be a single thread. */
bool stuck_all_stand(const struct process_model *process);

/* Threads of the process that wait for this lock, or at this word. */
uint32_t stuck_wait_count(const struct process_model *process, uint64_t lock);

/* Is there a frame with both texts on its stack, as far as it is known? */
bool stuck_wait_has_frame(const struct standing_model *wait, const char *file,
			  const char *function);

/* For the end of a thread: by functions of C libraries, and of Python up to 3.12 and since. */
bool stuck_wait_joins(const struct standing_model *wait);

/* For a lock whose holder waits for new work with it: an accept mutex, leader and followers. */
bool stuck_wait_follows(const struct process_model *process, const struct standing_model *wait);

/*
 * A worker of a library's pool that waits inside its work, and only for a thread of its process, in the
 * pool's library: for a result of it. At a queue of the program it may be that it waits for work.
 */
bool stuck_wait_is_inside(const struct standing_model *wait);

/* The first wait of the process that is not surely one for work, NULL none. */
const struct standing_model *stuck_wait_unexplained(const struct process_model *process);

/* No thread that moved did so much that it may be serving: they tick, or poll. */
bool stuck_none_serves(const struct model *model, const struct process_model *process);

/*
 * Several processes may accept from one listener, and any of them is enough: none of those that are watched may
 * serve, and of others nothing is known. Where one was accepted in the window, one of them serves.
 */
bool stuck_others_may_accept(const struct model *model, const struct process_model *process,
			     const struct backlog_model *socket);

#endif
