/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What garbage collectors are recognised by: functions on a stack, and names of threads. */
#ifndef BOUNDBY_LIB_COLLECTORS_H
#define BOUNDBY_LIB_COLLECTORS_H

#include <stdbool.h>

/*
 * Is this the frame of a function that only a collector's stack has? caller and outer: the next two frames outside,
 * "" none. A stripped CPython has names for the functions that allocate, and none for what these collect by.
 */
bool collector_frame(const char *frame, const char *caller, const char *outer);

/* Is this the name of a thread that a runtime of this name has for its collector alone? */
bool collector_thread(const char *runtime, const char *comm);

#endif
