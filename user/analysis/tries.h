/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads that wait by sleeping and trying again. Pure. */
#ifndef BOUNDBY_ANALYSIS_TRIES_H
#define BOUNDBY_ANALYSIS_TRIES_H

#include "model/model.h"

/* Sums over the threads that do. */
struct tries {
	double threads, sleeps, sleep_s;
};

/* Is that what the target (process NULL), or a process, does mostly? work_s: its work, s. */
bool tries_find(const struct model *model, const struct process_model *process, double work_s,
		struct tries *ret);

#endif
