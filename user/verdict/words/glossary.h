/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of a report that are neither a class, a finding, a threshold nor a state, each with its
 * meaning, for `boundby explain`.
 */
#ifndef BOUNDBY_VERDICT_GLOSSARY_H
#define BOUNDBY_VERDICT_GLOSSARY_H

#include <stddef.h>

struct glossary_row {
	const char *word;
	const char *meaning; /* a sentence or two */
};

extern const struct glossary_row glossary[];
extern const size_t glossary_count;

#endif
