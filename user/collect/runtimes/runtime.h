/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which runtime, other than CPython, a process runs, by PID. It selects the words of the report,
 * and what is listed as not visible.
 */
#ifndef BOUNDBY_COLLECT_RUNTIMES_RUNTIME_H
#define BOUNDBY_COLLECT_RUNTIMES_RUNTIME_H

#include <linux/types.h>
#include <stdbool.h>
#include <sys/types.h>

struct runtime {
	__u32 id; /* enum runtime_id of lib/runtimes.h */
	char version[16]; /* "1.19.8", "" unknown */
	__u64 frameworks; /* whose modules are loaded: a bit for each enum framework_id */
};

/* False: none that is known; frameworks are filled anyway. */
bool runtime_find(pid_t pid, struct runtime *ret);

#endif
