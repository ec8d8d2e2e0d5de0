/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first sentence of a verdict: one function for each class, from its signals s and thresholds t
 * (by enum threshold). Writes text, of size bytes.
 */
#ifndef BOUNDBY_VERDICT_HEADLINE_H
#define BOUNDBY_VERDICT_HEADLINE_H

#include <stddef.h>
#include "analysis/signals.h"

void headline_insufficient(const struct signals *s, const double *t, char *text, size_t size);
void headline_hung(const struct signals *s, const double *t, char *text, size_t size);
void headline_idle(const struct signals *s, const double *t, char *text, size_t size);
void headline_loop_blocked(const struct signals *s, const double *t, char *text, size_t size);
void headline_starved(const struct signals *s, const double *t, char *text, size_t size);
void headline_contended(const struct signals *s, const double *t, char *text, size_t size);
void headline_computing(const struct signals *s, const double *t, char *text, size_t size);
void headline_waiting(const struct signals *s, const double *t, char *text, size_t size);
void headline_mixed(const struct signals *s, const double *t, char *text, size_t size);

#endif
