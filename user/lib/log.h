/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a command says what went wrong: one line on stderr. Called by commands only. */
#ifndef BOUNDBY_LIB_LOG_H
#define BOUNDBY_LIB_LOG_H

#include <stdarg.h>
#include <stdint.h>

#include "lib/err.h"

/* Prints "boundby: SENTENCE"; nothing when the reader of the output is gone. */
void log_error(const struct err *e);

/* Prints "boundby: SENTENCE": a note that is no error. */
void log_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints what a library says of itself, as it says it. */
int log_library(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

/* A pair of log_event: a text, or a number where the text is NULL. */
struct log_pair {
	const char *key; /* letters and underscores; NULL: behind the last */
	const char *text;
	uint64_t number;
};
#define LOG_TEXT(name, value) ((struct log_pair){ .key = (name), .text = (value) })
#define LOG_NUMBER(name, value) ((struct log_pair){ .key = (name), .number = (value) })

/*
 * Prints what happened as "boundby: event=EVENT KEY=VALUE...": for what runs unattended. Takes
 * LOG_TEXT and LOG_NUMBER. A text that is no plain word stands in quotes, in which \" and \\ stand
 * for themselves; it is made printable.
 */
#define log_event(event, ...) \
	log_event_pairs(event, (const struct log_pair[]){ __VA_ARGS__, { .key = NULL } })
void log_event_pairs(const char *event, const struct log_pair *pairs);

#endif
