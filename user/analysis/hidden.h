/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blocked event loops that a window could not show: then the opposite verdict is not certain. */
#ifndef BOUNDBY_ANALYSIS_HIDDEN_H
#define BOUNDBY_ANALYSIS_HIDDEN_H

#include "model/model.h"

/*
 * Is there a thread that may be a blocked event loop? It works, its process has more event sets than
 * threads that returned to one, and it is not among those.
 */
bool hidden_loop(const struct model *model, const struct process_model *process);

/*
 * Was a known loop, or may a hidden one have been, away from its set for most of the window? That
 * time may have been one long stall, or its startup. process NULL: any.
 */
bool hidden_stall(const struct model *model, const struct process_model *process);

#endif
