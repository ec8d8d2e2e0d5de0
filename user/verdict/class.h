/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The classes of a verdict and its confidence, and their names. */
#ifndef BOUNDBY_VERDICT_CLASS_H
#define BOUNDBY_VERDICT_CLASS_H

/*
 * CLASS(IDENT, name): in the order of the rules, see rules.c, which has a row for each. Names as in
 * the contract and JSON.
 */
#define VERDICT_CLASSES(CLASS)              \
	CLASS(INSUFFICIENT, "insufficient") \
	CLASS(HUNG, "hung")                 \
	CLASS(IDLE, "idle")                 \
	CLASS(LOOP_BLOCKED, "loop-blocked") \
	CLASS(CPU_STARVED, "cpu-starved")   \
	CLASS(LOCK_BOUND, "lock-bound")     \
	CLASS(CPU_BOUND, "cpu-bound")       \
	CLASS(IO_BOUND, "io-bound")         \
	CLASS(MIXED, "mixed")

#define CLASS_ENUM(ident, name) VERDICT_##ident,
enum verdict_class { VERDICT_CLASSES(CLASS_ENUM) NR_VERDICTS };
#undef CLASS_ENUM

enum confidence { CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH };

/* E.g. "cpu-bound"; parse gives -1 when name is none. */
const char *verdict_class_name(enum verdict_class class);
int verdict_class_parse(const char *name);
const char *confidence_name(enum confidence confidence);

#endif
