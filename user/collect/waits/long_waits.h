/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is stuck, or seems so: the places of waits that last the whole window, the process at the other
 * end of what is written to, and the sockets with pending work.
 */
#ifndef BOUNDBY_COLLECT_LONG_WAITS_H
#define BOUNDBY_COLLECT_LONG_WAITS_H

#include "collect/bpf/bpf_session.h"
#include "collect/record_queue.h"
#include "collect/reader/stack_reader.h"

#define LONG_WAITS_MAX 256 /* stacks of one reading */

/*
 * Queues LONG_WAIT and LONG_WAIT_FRAME for at most `most` threads that have waited since from_ns, locks
 * and writes first. ends: the other ends of writes are searched for too. 0 or negative errno.
 */
int long_waits_read(struct bpf_session *session, struct stack_reader *reader, uint64_t from_ns,
		    size_t most, uint64_t now_ns, struct record_queue *queue);

/* Queues BACKLOG for the targets' sockets as of now. 0 or negative errno. */
int backlogs_read(struct bpf_session *session, struct record_queue *queue);

#endif
