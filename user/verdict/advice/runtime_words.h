/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the remedies are called in each runtime, and in each framework where that differs. */
#ifndef BOUNDBY_VERDICT_ADVICE_RUNTIME_WORDS_H
#define BOUNDBY_VERDICT_ADVICE_RUNTIME_WORDS_H

#include "analysis/framework.h"
#include "model/model.h"

/*
 * WORDS(name): loop, threads, compute and hybrid are names of models; many keeps more requests in
 * flight; pool is a pool of "%d" threads, spread computes on "%d" cores, split waits here and computes
 * on "%d" cores there; loops are several event loops instead of one; off_call, off_computing and
 * off_sleep take a call, a computation and a sleep off the loop; collector makes the garbage collector
 * do less; connections enlarges a connection pool.
 */
#define RUNTIME_WORDS(WORDS) \
	WORDS(loop)          \
	WORDS(threads)       \
	WORDS(compute)       \
	WORDS(hybrid)        \
	WORDS(many)          \
	WORDS(pool)          \
	WORDS(spread)        \
	WORDS(split)         \
	WORDS(loops)         \
	WORDS(off_call)      \
	WORDS(off_computing) \
	WORDS(off_sleep)     \
	WORDS(collector)     \
	WORDS(connections)

struct runtime_words {
#define WORDS_FIELD(name) const char *name;
	RUNTIME_WORDS(WORDS_FIELD)
#undef WORDS_FIELD
};

/* The words for a process, those of its framework before those of its runtime; NULL: of any other. */
void runtime_words_of(const struct process_model *process, struct runtime_words *ret);

/* Words with their one %d filled in: the format is never the caller's data. Returns ret. */
const char *runtime_words_fill(const char *words, int count, char *ret, size_t size);

#endif
