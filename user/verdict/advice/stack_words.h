/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What to do about a call or a computation by what its stack shows: a table. */
#ifndef BOUNDBY_VERDICT_ADVICE_STACK_WORDS_H
#define BOUNDBY_VERDICT_ADVICE_STACK_WORDS_H

#include "model/model.h"

/* A stack, innermost first. */
struct stack {
	char (*frames)[RECORD_PLACE_LEN];
	size_t count;
};

/*
 * The remedy of the first row that one of the frames has a part of; NULL: there is none. computing: the
 * stack is of a thread on a CPU, else of one in a call.
 */
const char *stack_remedy(const struct stack *stack, bool computing);

#endif
