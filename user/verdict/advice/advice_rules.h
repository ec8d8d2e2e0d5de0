/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The advice of each class, in the words of the target's runtime. */
#ifndef BOUNDBY_VERDICT_ADVICE_ADVICE_RULES_H
#define BOUNDBY_VERDICT_ADVICE_ADVICE_RULES_H

#include "analysis/pools.h"
#include "analysis/signals.h"
#include "verdict/outcome.h"
#include "verdict/advice/runtime_words.h"
#include "verdict/thresholds.h"

struct advice {
	const struct model *model;
	const struct process_model *process; /* NULL: all */
	const struct process_model *main; /* the culprit; NULL: none */
	const struct pool_set *pools; /* of the whole target */
	const struct signals *signals;
	const struct verdict_settings *settings;
	const struct runtime_words *words;
	struct verdict *verdict;
	int cpus, pool;
};

/* Fills the verdict's advice; workers 0: none given. */
void advice_say(const struct advice *advice, const char *model, int workers, const char *now);

/* The finding of this kind in the verdict, NULL none. */
const struct verdict_finding *advice_finding(const struct advice *advice, const char *kind);

/* What keeps the threads from working at all, whatever the class: false, there is nothing. */
bool advise_rest(const struct advice *advice);

/* One for each class: fills the verdict's advice. */
void advise_insufficient(const struct advice *advice);
void advise_hung(const struct advice *advice);
void advise_idle(const struct advice *advice);
void advise_loop(const struct advice *advice);
void advise_starved(const struct advice *advice);
void advise_locks(const struct advice *advice);
void advise_computing(const struct advice *advice);
void advise_io(const struct advice *advice);
void advise_mixed(const struct advice *advice);

#endif
