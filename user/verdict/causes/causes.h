/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a verdict is about: the causes with the largest shares. */
#ifndef BOUNDBY_VERDICT_CAUSES_H
#define BOUNDBY_VERDICT_CAUSES_H

#include "analysis/signals.h"
#include "model/model.h"
#include "verdict/outcome.h"
#include "verdict/thresholds.h"

/*
 * Fills the causes of a verdict whose class is decided, for the target (process NULL) or a process:
 * shares of the work, of the stalls for a blocked loop, of the wall time where there is next to no
 * work.
 */
void causes_find(const struct model *model, const struct process_model *process,
		 const struct signals *signals, const struct verdict_settings *settings,
		 struct verdict *verdict);

/*
 * What most of a window of this class went to: a cause as in struct verdict, and the busiest
 * thread. kind NULL: nothing to report.
 */
struct window_cause {
	struct verdict_cause cause;
	char thread[48]; /* "worker/4243", printable; "" none worked */
};
void causes_of_window(const struct model *model, const struct signals *signals,
		      enum verdict_class class, const struct verdict_settings *settings,
		      struct window_cause *ret);

#endif
