/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a command says what went wrong: one line on stderr. Called by commands only. */
#ifndef BOUNDBY_LIB_LOG_H
#define BOUNDBY_LIB_LOG_H

#include <stdarg.h>

#include "lib/err.h"

/* Prints "boundby: SENTENCE" and returns the exit status that goes with it. */
int log_error(const struct err *e);

/* Prints "boundby: SENTENCE": a note that is no error. */
void log_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints what a library says of itself, as it says it. */
int log_library(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

/*
 * Prints what happened as "boundby: event=EVENT KEY=VALUE...": for what runs unattended. The format
 * gives the pairs; values with spaces are quoted by it.
 */
void log_event(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
