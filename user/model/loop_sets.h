/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Event loops known by their sets: served by several threads, or by one that has not returned. */
#ifndef BOUNDBY_MODEL_LOOP_SETS_H
#define BOUNDBY_MODEL_LOOP_SETS_H

#include "model/builder.h"

/* Makes loops of the threads that share a set, if blocking calls held all of them at a time. */
void loop_sets_join(const struct model *model, struct process_model *process);

/*
 * Adds the loop, and its stall, that has not returned to its set in the window, if input waits
 * there. 0 or -ENOMEM.
 */
int loop_sets_add_lost(const struct model *model, struct process_model *process);

#endif
