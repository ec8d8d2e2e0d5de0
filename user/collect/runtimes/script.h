/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which script, module or jar an interpreter runs: its name, never its path or arguments. */
#ifndef BOUNDBY_COLLECT_RUNTIMES_SCRIPT_H
#define BOUNDBY_COLLECT_RUNTIMES_SCRIPT_H

#include <stddef.h>

/*
 * By arguments as /proc/PID/cmdline has them: each ends with a 0, the last may be cut. "" none, or the
 * program is no interpreter that is known.
 */
void script_of(const char *arguments, size_t length, char *ret, size_t size);

#endif
