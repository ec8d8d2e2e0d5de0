/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for name servers. Pure. */
#ifndef BOUNDBY_ANALYSIS_LOOKUPS_H
#define BOUNDBY_ANALYSIS_LOOKUPS_H

#include "model/model.h"

/* Part of the network time of a process that it waited for name servers in calls, ns. */
uint64_t lookups_ns(const struct process_model *process);

#endif
