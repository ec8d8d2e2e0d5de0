/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's clocks in nanoseconds. */
#ifndef BOUNDBY_LIB_CLOCK_H
#define BOUNDBY_LIB_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "lib/units.h"

/* Time since the clock's own beginning, ns. CLOCK_MONOTONIC is the clock of records and events. */
static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

#endif
