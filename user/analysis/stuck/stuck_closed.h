/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that none but each other could wake: a parent that reads from the child that reads from it. Pure. */
#ifndef BOUNDBY_ANALYSIS_STUCK_CLOSED_H
#define BOUNDBY_ANALYSIS_STUCK_CLOSED_H

#include "model/model.h"

/*
 * Can nothing but a signal wake the process? Then each of its threads waits for the whole window: at a read
 * that only itself, or a process of which the same holds, could end; for children of which it holds; for a
 * file lock that such a process has; for the end of its own threads; or it is stopped.
 */
bool stuck_closed(const struct model *model, const struct process_model *process);

/* The process of the target that has this number, and is alive; NULL none. */
const struct process_model *stuck_process(const struct model *model, uint32_t pid);

/* The wait is a read from a pipe or socket, and which processes could write to it is known, and at most one. */
bool stuck_closed_read(const struct standing_model *wait);

/* The wait is one for a file lock whose holder is known. */
bool stuck_waits_for_file(const struct process_model *process, const struct standing_model *wait);

#endif
