/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every child process does first that is to have no more than it needs. */
#ifndef BOUNDBY_LIB_CHILD_H
#define BOUNDBY_LIB_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

#define CHILD_FIRST_FD 3

/* Built with a sanitizer, whose runtime wants more memory, and to be heard. */
bool child_is_sanitized(void);

/*
 * Only these fds stay, and get the numbers from CHILD_FIRST_FD on, in their order; the standard ones lead
 * nowhere.
 */
void child_keep_descriptors(const int *fds, size_t count);

/* boundby decides when the end has come: Ctrl-C and systemd's SIGTERM reach all of its processes. */
void child_ignore_signals(void);

/* Both limits of a RLIMIT_*: less than before is always allowed. */
void child_set_limit(int resource, rlim_t limit);

#endif
