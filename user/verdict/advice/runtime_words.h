/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the concurrency models are called in each runtime. */
#ifndef BOUNDBY_VERDICT_ADVICE_RUNTIME_WORDS_H
#define BOUNDBY_VERDICT_ADVICE_RUNTIME_WORDS_H

#include <stdbool.h>

#include "model/model.h"

/* The concurrency models of a runtime, and what they are called there. */
struct runtime_words {
	const char *loop, *threads, *compute, *hybrid; /* names of models */
	const char *many; /* keep more requests in flight */
	const char *pool; /* a pool of threads, "%d" */
	const char *spread; /* computing on all cores, "%d" */
	const char *split; /* waiting here, computing on "%d" cores there */
	const char *loops; /* several event loops instead of one */
	const char *off_call, *off_computing; /* off the loop: a call, a computation */
};

/* The words of a process's runtime; NULL: of no particular one. */
const struct runtime_words *runtime_words_of(const struct process_model *process);

/* Words with their one %d filled in: the format is never the caller's data. Returns ret. */
const char *runtime_words_fill(const char *words, int count, char *ret, size_t size);

#endif
