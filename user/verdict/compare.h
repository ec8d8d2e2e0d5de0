/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compares two reports: what changed, in rates, so that their lengths need not agree, and one
 * sentence about it.
 */
#ifndef BOUNDBY_VERDICT_COMPARE_H
#define BOUNDBY_VERDICT_COMPARE_H

#include <stddef.h>

#include "model/model.h"
#include "verdict/verdict.h"

enum change_kind {
	CHANGE_STATE, /* time of threads of one name in a state */
	CHANGE_WAIT, /* waits at one place: call, object, peer */
	CHANGE_LOCK, /* waits for one lock */
	CHANGE_STALL, /* stalls of event loops at one place */
	CHANGE_SWITCHES, /* per second */
	CHANGE_MEMORY, /* bytes of all processes of one name */
	NR_CHANGES,
};

#define CHANGE_NAME_LEN 224

struct change {
	enum change_kind kind;
	char name[CHANGE_NAME_LEN]; /* of which process, or where */
	uint32_t state; /* CHANGE_STATE, CHANGE_WAIT: enum ledger_state */
	/* seconds per second: threads, on average; CHANGE_SWITCHES: 1/s; CHANGE_MEMORY: bytes */
	double before, after;
};

#define COMPARE_MAX_WARNINGS 8

struct comparison {
	struct change *changes; /* largest first: those in seconds per second, then the others */
	size_t count, capacity;
	char headline[320];
	const char *warnings[COMPARE_MAX_WARNINGS]; /* what the two do not share; static */
	size_t warning_count;
};

/* Compares. 0, or -ENOMEM. Free with comparison_free either way. */
int compare(const struct model *before, const struct verdict *verdict_before,
	    const struct model *after, const struct verdict *verdict_after, struct comparison *ret);
void comparison_free(struct comparison *comparison);

/* "threads in network", "stalls", ...: what the figure of a change is. */
const char *change_kind_name(enum change_kind kind);

#endif
