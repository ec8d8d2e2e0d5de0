/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPython in another process: which version, and where its GILs lie. Reads maps, ELF files and
 * memory of the process, all of which are taken as hostile; never writes, never stops it.
 */
#ifndef BOUNDBY_COLLECT_RUNTIMES_PYTHON_H
#define BOUNDBY_COLLECT_RUNTIMES_PYTHON_H

#include <stdbool.h>
#include <sys/types.h>

#include "wire.h"

struct python {
	unsigned int minor; /* 3.minor */
	char version[16]; /* "3.11.2", or "3.8" when the patch level is not known */
	bool free_threaded; /* built without a GIL */
	struct python_layout layout; /* of threads and frames, when layout_known */
	bool layout_known;
	struct interpreter_locks locks; /* no start: the GIL has not been made, or is not found */
};

/* Looks for CPython in a process. True and *ret when it is there. */
bool python_find(pid_t pid, struct python *ret);

#endif
