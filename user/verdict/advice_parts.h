/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the advice rules share: private to advice.c and advice_io.c. */
#ifndef BOUNDBY_VERDICT_ADVICE_PARTS_H
#define BOUNDBY_VERDICT_ADVICE_PARTS_H

#include "verdict/runtime_words.h"
#include "verdict/verdict.h"

struct advice {
	const struct model *model;
	const struct process_model *process; /* NULL: all */
	const struct process_model *main; /* the busiest; NULL: none */
	const struct signals *signals;
	const struct verdict_settings *settings;
	const struct runtime_words *words;
	struct verdict *verdict;
	int cpus, pool;
};

/* Fills the verdict's advice; workers 0: none given. */
void advice_say(const struct advice *advice, const char *model, int workers, const char *now);

/* Of a target that waits for I/O. */
void advice_of_io(const struct advice *advice);

#endif
