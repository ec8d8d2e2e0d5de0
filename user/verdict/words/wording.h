/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All sentences of the verdict, from what was decided. Decides nothing. */
#ifndef BOUNDBY_VERDICT_WORDING_H
#define BOUNDBY_VERDICT_WORDING_H

#include "analysis/chain.h"
#include "model/model.h"

/* "recvfrom on tcp 10.0.0.7:5432"; never a path. */
void wording_wait(const struct wait_model *wait, char *ret, size_t size);
/* "python3[1234]" */
void wording_process(const struct process_model *process, char *ret, size_t size);
/* "cc1[77] (ci.service)" */
void wording_neighbour(const struct neighbour_model *neighbour, char *ret, size_t size);
/* "10.0.0.7:5432", "[::1]:80", "" without a peer. */
void wording_peer(const struct wait_model *wait, char *ret, size_t size);
/* "third/12 waits for second/11, which is mostly on_cpu". */
void wording_chain(const struct chain *chain, char *ret, size_t size);

/* "mutex queue_lock, 4 waiters, mostly held by worker/123 (82 %)"; processes: that wait for it. */
void wording_lock(const struct process_model *process, const struct lock_model *lock,
		  uint32_t processes, char *ret, size_t size);

/* What a stall was spent on: "recvfrom on tcp 10.0.0.7:5432", "computing, on CPU". */
void wording_stall(const struct stall_model *stall, char *ret, size_t size);

#endif
