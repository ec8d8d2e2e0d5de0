/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verdict: what the target, or one process of it, is bound by. From the model and const settings
 * to class, confidence, causes, evidence, findings and advice, as data and text.
 */
#ifndef BOUNDBY_VERDICT_VERDICT_H
#define BOUNDBY_VERDICT_VERDICT_H

#include "analysis/signals.h"
#include "verdict/class.h"
#include "verdict/outcome.h"
#include "verdict/thresholds.h"

/* The class of signals: the first rule that holds for them. */
enum verdict_class verdict_of_signals(const struct signals *signals,
				      const struct verdict_settings *settings);
/* The class of a thread by itself: the first rule that holds for its signals. */
enum verdict_class verdict_of_thread(const struct model *model, const struct process_model *process,
				     const struct thread_model *thread,
				     const struct verdict_settings *settings);

struct timeline;

/*
 * Judges the whole target (process NULL) or one process. timeline: the windows of the target, as
 * far as they are known, NULL none.
 */
void verdict_judge(const struct model *model, const struct process_model *process,
		   const struct timeline *timeline, const struct verdict_settings *settings,
		   struct verdict *ret);

/*
 * The same for the whole target and each of its processes at once, with what is looked for in the
 * target looked for once: processes has room for one each.
 */
void verdict_judge_all(const struct model *model, const struct timeline *timeline,
		       const struct verdict_settings *settings, struct verdict *whole,
		       struct verdict *processes);

#endif
