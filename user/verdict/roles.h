/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Process trees as one program: what processes of one name do, and which of them differs. From the
 * model and the verdicts of its processes to roles.
 */
#ifndef BOUNDBY_VERDICT_ROLES_H
#define BOUNDBY_VERDICT_ROLES_H

#include "verdict/verdict.h"

struct role {
	char name[RECORD_COMM_LEN]; /* without the number at its end */
	size_t count; /* processes */
	size_t of_class[NR_VERDICTS]; /* of these, by the class of each */
	size_t odd; /* of these, by themselves of another class than most */
	enum verdict_class class; /* of their sum */
	enum verdict_class most; /* of most of them */
	struct signals signals;
	struct ledger time;
};

/*
 * Fills *ret, which the caller frees, with the roles in the order of their first process. verdicts:
 * one for each process. The count, or negative errno.
 */
int roles_find(const struct model *model, const struct verdict *verdicts,
	       const struct verdict_settings *settings, struct role **ret);

#endif
