/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proofs of hanging in words. */
#ifndef BOUNDBY_VERDICT_STUCK_WORDS_H
#define BOUNDBY_VERDICT_STUCK_WORDS_H

#include "analysis/stuck/stuck.h"

/* Name of the cause, e.g. "deadlock". */
const char *stuck_words_kind(enum stuck_kind kind);

/* "worker/12 waits for mutex queue_lock, held by worker/13". */
void stuck_words_detail(const struct stuck *stuck, char *ret, size_t size);

/* The place in the program, "" not known: the holder's, where it is what does not move. */
const char *stuck_words_where(const struct stuck *stuck);

/* The call that it waits in, and at what: "recvfrom on tcp 127.0.0.1:80". */
void stuck_words_call(const struct standing_model *wait, char *ret, size_t size);

/* What to do about it. */
const char *stuck_words_action(const struct stuck *stuck);

/* The command that shows what boundby cannot, for this program; false: what is known will do. */
bool stuck_words_next(const struct process_model *process, const struct standing_model *wait,
		      char *ret, size_t size);

#endif
