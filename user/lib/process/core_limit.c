// SPDX-License-Identifier: GPL-2.0-or-later
/* RLIMIT_CORE for a core_pattern that is a file; PR_SET_DUMPABLE for pipes, ptrace and /proc, too. */
#include "lib/process/core_limit.h"

#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static struct rlimit found;
static bool forbidden;

void core_limit_forbid(void)
{
	struct rlimit none;

	forbidden = !getrlimit(RLIMIT_CORE, &found);
	none = (struct rlimit){ .rlim_cur = 0, .rlim_max = found.rlim_max };
	forbidden = forbidden && !setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__) /* the search for leaks traces its own process */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

void core_limit_restore(void)
{
	if (forbidden)
		setrlimit(RLIMIT_CORE, &found);
}
