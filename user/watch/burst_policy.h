/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a window needs a syscall-level burst: by model and verdicts, whether system calls would
 * show what switches alone cannot. Pure.
 */
#ifndef BOUNDBY_WATCH_BURST_POLICY_H
#define BOUNDBY_WATCH_BURST_POLICY_H

#include <stdbool.h>

#include "verdict/verdict.h"

/* verdicts: one for each process of the model. */
bool burst_wanted(const struct model *model, const struct verdict *verdicts);

#endif
