/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a mistyped word may have meant. */
#ifndef BOUNDBY_CLI_SUGGEST_H
#define BOUNDBY_CLI_SUGGEST_H

#include <stddef.h>

/*
 * Looks for the name that word is the beginning of or comes nearest to, by at most two letters that
 * are wrong, missing or too much. name: the i-th that is possible, NULL past the last.
 * Returns a name, or NULL when none is near.
 */
const char *suggest(const char *word, size_t length, const char *(*name)(size_t i));

#endif
