/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Epoll sets of a process at which no thread waits while there is input for them. */
#ifndef BOUNDBY_COLLECT_EVENT_SETS_H
#define BOUNDBY_COLLECT_EVENT_SETS_H

#include <stddef.h>
#include <stdint.h>

#include "trace/record.h"

struct reader;
struct reader_event_set;
struct reader_event_set_answer;

/*
 * Sockets with input that is not taken (bytes, an end, or a connection to accept) in epoll sets of
 * the process that hold several sockets, are not its parent's as well, and are none of attended:
 * the descriptors of sets at which a thread waited. TCP only. 0 also where it cannot be read.
 */
uint64_t event_sets_pending(struct reader *reader, const struct record_process *process,
			    const uint32_t *attended, size_t count);

/*
 * What an epoll set holds. 0; -E2BIG: so much that reading it could hold up the loop itself; -EIO: it could
 * not be read, or it is the parent's as well.
 */
int event_set_members(struct reader *reader, const struct reader_event_set *set,
		      struct reader_event_set_answer *ret);

#endif
