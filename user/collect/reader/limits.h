/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the helper may use, and how long boundby waits for it. */
#ifndef BOUNDBY_COLLECT_READER_LIMITS_H
#define BOUNDBY_COLLECT_READER_LIMITS_H

/* ---- of a helper ------------------------------------------------------------------------------ */
#define HELPER_MEMORY_MAX (1UL << 30) /* address space */
#define HELPER_CPU_MAX_S 60 /* of each; the kernel ends one that takes more */
#define HELPER_FILES_MAX 4096 /* of the images that are open */
/* In use between two questions: from here on the images that were used least go ... */
#define HELPER_IMAGES_MOST (320UL << 20)
/* ... and if that does not help (libraries leak, heaps fragment), or of CPU time, the helper is replaced. */
#define HELPER_MEMORY_ENOUGH (512UL << 20)
#define HELPER_CPU_ENOUGH_NS 30000000000ULL
/*
 * Its CPU time between two looks at its memory: each walks all that is free on the heap, which takes
 * longer than most answers, and memory is not filled without time.
 */
#define HELPER_LOOK_NS 5000000ULL
/* What cannot be ended, since it waits for a dead file server; more are not begun meanwhile. */
#define HELPERS_LEFT_MAX 8

/* ---- of a question ---------------------------------------------------------------------------- */
#define STACK_DEADLINE_NS 250000000ULL /* of a process whose stacks were read before */
#define FIRST_DEADLINE_NS 600000000ULL /* its files may have to come from a disk */
#define START_DEADLINE_NS 2000000000ULL /* of a new helper */
#define STOPPING_DEADLINE_NS 100000000ULL /* of each, and of a helper, once the end was asked for */
#define LOOK_NS 20000000ULL /* how often what is waited for is looked at meanwhile */
#define STARVED_TIMES 4 /* as long, if the helper has not had its time of a CPU by then */

/*
 * What waiting without an answer may take of boundby's time in all: a part, and at once no more than
 * this. Below 0, and down to BUDGET_LEAST_NS, there is still time for what takes a moment.
 */
#define BUDGET_SHARE 20
#define BUDGET_MOST_NS 900000000LL
#define BUDGET_STOPPING_NS 300000000LL
#define BUDGET_LEAST_NS (-500000000LL)
#define MOMENT_NS 20000000ULL

/* A process that was not answered for in time is left alone: 2 s, 8 s, 32 s ... */
#define BARRED_NS 2000000000ULL
#define BARRED_TIMES 4
#define BARRED_MOST 8 /* times that it grows */
#define BARRED_KEPT 64 /* processes */

#endif
