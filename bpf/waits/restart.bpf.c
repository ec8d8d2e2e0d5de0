// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which call goes on after SIGCONT, a tracer, or the freezer: only the name of the kernel function that
 * restarts it tells (kernel/signal.c, restart_syscall). Names are asked of the kernel itself (%ps), as
 * its symbols may be hidden from user space.
 */
#include "waits/blocked_read.bpf.h"

#define NAME_LEN 8 /* as many letters as tell them apart, compared as one number */

/* Functions that were met, by what the call that goes on is: addresses, 0 none yet. */
__u64 restart_poll = 0;
__u64 restart_futex = 0;
__u64 restart_sleep = 0;

static __always_inline bool begins_with(const char *name, const char *letters)
{
	int i;

	for (i = 0; i < NAME_LEN; i++)
		if (name[i] != letters[i])
			return false;
	return true;
}

__u32 restart_kind(__u64 function)
{
	char name[32] = {};

	if (!function)
		return CALL_RESTART;
	if (function == restart_poll)
		return CALL_POLL;
	if (function == restart_futex)
		return CALL_FUTEX;
	if (function == restart_sleep)
		return CALL_SLEEP;
	BPF_SNPRINTF(name, sizeof(name), "%ps", function);
	if (begins_with(name, "do_restart_poll")) {
		restart_poll = function;
		return CALL_POLL;
	}
	/* futex_wait_restart() marks its block as used when it begins, and it alone does */
	if (begins_with(name, "do_no_restart_syscall")) {
		restart_futex = function;
		return CALL_FUTEX;
	}
	if (begins_with(name, "hrtimer_nanosleep_restart") ||
	    begins_with(name, "posix_cpu_nsleep_restart") || begins_with(name, "alarm_restart")) {
		restart_sleep = function;
		return CALL_SLEEP;
	}
	return CALL_RESTART;
}
