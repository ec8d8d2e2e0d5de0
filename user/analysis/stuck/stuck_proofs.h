/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a proof is, how they are collected, and what the files that find them share. Pure. */
#ifndef BOUNDBY_ANALYSIS_STUCK_PROOFS_H
#define BOUNDBY_ANALYSIS_STUCK_PROOFS_H

#include "model/model.h"

enum stuck_kind {
	STUCK_DEADLOCK, /* threads wait for each other's locks in a cycle */
	STUCK_SELF, /* a thread waits for a lock that it holds itself */
	STUCK_GONE, /* the holder of a lock is no thread of the process any more */
	STUCK_HOLDER, /* the holder of a lock waited for something else all the time */
	STUCK_FILE, /* the process that holds a file lock did not move */
	STUCK_WRITE, /* a write or send was blocked all the time */
	STUCK_READER, /* what should read it is watched too, and waited for something else */
	STUCK_READ, /* only processes that wait for each other could write what it reads */
	STUCK_ACCEPT, /* connections wait in a listener's queue */
	STUCK_UNREAD, /* unread bytes on accepted connections, for which no thread waits */
	STUCK_POOL, /* every worker of a pool waits inside its work for another thread */
	STUCK_REQUEST, /* an accepted connection is neither read nor waited for */
	STUCK_BARRIER, /* all others of a process wait at a barrier for one that does not come */
	STUCK_ALL, /* each thread of a process waits for another of them to wake it */
	NR_STUCK,
};

struct stuck {
	enum stuck_kind kind;
	const struct process_model *process;
	const struct standing_model *wait; /* the thread it is seen at, NULL none */
	/* of the lock's holder; STUCK_FILE, STUCK_READ: of the other process; NULL not known */
	const struct standing_model *holder;
	uint32_t threads; /* that wait behind it, itself included; 0 where sockets wait */
	uint32_t port; /* STUCK_ACCEPT and the sockets: local, 0 none */
	uint64_t pending; /* connections, or bytes */
};

#define STUCK_MAX 16

struct proofs {
	struct stuck *rows; /* STUCK_MAX */
	size_t count;
};

/* The new row, NULL: there is no room. */
struct stuck *stuck_add(struct proofs *proofs, enum stuck_kind kind,
			const struct process_model *process, const struct standing_model *wait);

/* The process did next to nothing in the window. */
bool stuck_is_still(const struct model *model, const struct process_model *process);

/* Adds the writes of a process that nothing takes, with what should read. */
void stuck_find_writes(struct proofs *proofs, const struct model *model,
		       const struct process_model *process);

#endif
