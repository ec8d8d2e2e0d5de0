// SPDX-License-Identifier: GPL-2.0-or-later
/* Judges which processes of a whole host hang. */
#include "analysis/stuck/stuck_apart.h"

size_t stuck_apart(const struct model *model, const struct process_model *process,
		   const struct process_model *ret[STUCK_MAX])
{
	struct stuck proofs[STUCK_MAX];
	size_t count = 0, found, i, j;

	if (process || !model->capture.whole_host)
		return 0;
	found = stuck_find(model, NULL, proofs);
	for (i = 0; i < found; i++) {
		for (j = 0; j < count && ret[j] != proofs[i].process; j++)
			;
		if (j == count)
			ret[count++] = proofs[i].process;
	}
	return count;
}

bool stuck_is_apart(const struct process_model *const *hung, size_t count,
		    const struct process_model *process)
{
	while (count)
		if (hung[--count] == process)
			return true;
	return false;
}
