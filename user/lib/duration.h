/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Durations as people write them: "10", "500ms", "2m", to nanoseconds. */
#ifndef BOUNDBY_LIB_DURATION_H
#define BOUNDBY_LIB_DURATION_H

#include <stdint.h>

/* Units us, ms, s, m, h; none means seconds. 0, or -1: not a duration, zero, or over 30 days. */
int duration_parse(const char *text, uint64_t *ret_ns);

#endif
