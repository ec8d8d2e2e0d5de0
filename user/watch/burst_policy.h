/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does a window show what switches alone cannot tell apart? Receives model and verdicts; hands on
 * whether a look at system calls would tell more. Pure.
 */
#ifndef BOUNDBY_WATCH_BURST_POLICY_H
#define BOUNDBY_WATCH_BURST_POLICY_H

#include <stdbool.h>

#include "verdict/verdict.h"

/* verdicts: one for each process of the model. */
bool burst_wanted(const struct model *model, const struct verdict *verdicts);

#endif
