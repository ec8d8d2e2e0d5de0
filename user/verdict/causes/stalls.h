/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stalls of event loops as causes. */
#ifndef BOUNDBY_VERDICT_STALLS_H
#define BOUNDBY_VERDICT_STALLS_H

#include "model/model.h"

#define STALL_MAX_GROUPS 32

/* Stalls of one cause, at one place. */
struct stall_group {
	enum stall_cause cause;
	bool collects; /* STALL_CPU: it is the garbage collector that computes */
	char detail[128]; /* "recvfrom on tcp 10.0.0.7:5432" */
	const char *where; /* of the longest of them, "" not known */
	double share; /* of all time in stalls that have a row of their own */
	uint64_t count, longest_ns;
	const struct stall_model *longest;
};

/*
 * Groups the stalls of the target (process NULL) or of one process, largest share first. Returns
 * how many groups are in ret, at most STALL_MAX_GROUPS: the rest is left out.
 */
size_t stalls_group(const struct model *model, const struct process_model *process,
		    struct stall_group *ret);

#endif
