// SPDX-License-Identifier: GPL-2.0-or-later
/* What a mistyped word may have meant. */
#include "cli/suggest.h"

#include <string.h>

#define WORD_MAX 32 /* longer ones are no slip of a finger */
#define FAULTS_MAX 2

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Levenshtein's distance: letters to change, add and drop. Both are at most WORD_MAX long. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t row[WORD_MAX + 1], i, j, left, above;

	for (j = 0; j <= b_length; j++)
		row[j] = j;
	for (i = 0; i < a_length; i++) {
		left = row[0]++;
		for (j = 0; j < b_length; j++) {
			above = row[j + 1];
			row[j + 1] = least(left + (a[i] != b[j]), 1 + least(above, row[j]));
			left = above;
		}
	}
	return row[b_length];
}

const char *suggest(const char *word, size_t length, const char *(*name)(size_t i))
{
	const char *candidate, *best = NULL;
	size_t i, faults, fewest = FAULTS_MAX + 1;

	if (length < 2 || length > WORD_MAX)
		return NULL;
	for (i = 0; (candidate = name(i)); i++) {
		if (strlen(candidate) > WORD_MAX)
			continue;
		faults = strncmp(word, candidate, length) ?
				 distance(word, length, candidate, strlen(candidate)) :
				 0;
		if (faults < fewest && faults < length) {
			fewest = faults;
			best = candidate;
		}
	}
	return best;
}
