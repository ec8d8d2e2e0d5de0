/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers with units for people: short text in the caller's buffer. */
#ifndef BOUNDBY_LIB_UNITS_H
#define BOUNDBY_LIB_UNITS_H

#include <stddef.h>
#include <stdint.h>

#define NS_PER_S 1000000000ULL

#define UNITS_LEN 32
#define UNITS_UTC_LEN 64

/* "212 ms", "3.41 s", "18 us", "7 ns": three significant digits. Returns buffer. */
char *units_time(uint64_t ns, char buffer[UNITS_LEN]);
/* "71 %", "0.4 %", "<0.1 %"; share is 0..1. Returns buffer. */
char *units_share(double share, char buffer[UNITS_LEN]);
/* "12.3 MB". Returns buffer. */
char *units_bytes(uint64_t bytes, char buffer[UNITS_LEN]);
/* "2026-01-31T08:30:00.000000001Z": RFC 3339 of nanoseconds since 1970. Returns buffer. */
char *units_utc(uint64_t unix_ns, char buffer[UNITS_UTC_LEN]);
/*
 * Copies a name from outside for printing: control characters, those that turn the direction of
 * text, and bytes that are not UTF-8 become '?'. size includes the NUL. Returns buffer.
 */
char *units_printable(const char *name, size_t length, char *buffer, size_t size);

/* The same of the end of a text, where it does not fit as a whole. */
char *units_printable_end(const char *text, char *buffer, size_t size);

#endif
