/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the time on CPUs was spent for, as far as samples and names of threads tell. Pure. */
#ifndef BOUNDBY_ANALYSIS_COMPUTING_H
#define BOUNDBY_ANALYSIS_COMPUTING_H

#include "model/model.h"

struct computing {
	double collector; /* share of the garbage collector, 0..1 */
	const struct process_model *collects; /* in which it computes most, NULL none */
	char call[24]; /* in which the kernel computes most, "" none or not known ... */
	double in_call; /* ... its share, 0..1 */
	const struct process_model *calls; /* in which it is called most, NULL none */
};

/* Of one process, or of the target when NULL. Without samples the shares are 0. */
void computing_split(const struct model *model, const struct process_model *process,
		     struct computing *ret);

/* Was this place of STATE_ON_CPU inside a garbage collector? */
bool computing_collects(const struct model *model, const struct place_model *place);

/* The same of a stack, innermost first, of a thread that computed. */
bool computing_stack_collects(char (*frames)[RECORD_PLACE_LEN], size_t count);

#endif
