/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gives up rights before reading files of unknown origin, or serving clients. To be called with
 * input and output open; afterwards the process can only compute, and read and write these.
 */
#ifndef BOUNDBY_LIB_SANDBOX_H
#define BOUNDBY_LIB_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

/* In the order in which they are taken on; no_new_privs comes before all of them. */
enum sandbox_layer {
	SANDBOX_CAPABILITIES = 1 << 0, /* none left */
	SANDBOX_LANDLOCK = 1 << 1, /* no file, TCP port or abstract socket, no foreign process */
	SANDBOX_SECCOMP = 1 << 2, /* no system call but those that a report needs */
	SANDBOX_ALL = (1 << 3) - 1,
	SANDBOX_SERVING = 1 << 3, /* no layer: seccomp lets clients be accepted and talked to */
	/*
	 * No layer: seccomp lets the memory of others be read, one socket be used, and files be opened for
	 * reading, with O_NONBLOCK and O_NOCTTY: libdw's own opens, by names that a target gave, fail. Nor
	 * are files mapped: the process would end when one is truncated.
	 */
	SANDBOX_READING = 1 << 4,
	SANDBOX_SCREEN = 1 << 5, /* no layer: seccomp lets the modes of a terminal be set */
};

/*
 * Once, for good, by a single-threaded process. What works afterwards: memory; read, write, seek
 * and poll on open fds, their copies; private mappings of them; stdio, also fdopen; clocks; exit. What does not: open,
 * rename, truncate, sync, sockets, threads, children. A layer that this kernel lacks is left out.
 * Returns 0, or -1 with e filled: then nothing may be read.
 */
int sandbox_enter(struct err *e);
/* The same with some layers alone, so that a test sees what each of them holds. */
int sandbox_enter_layers(unsigned int layers, struct err *e);

/*
 * Drops all capabilities but these, for good, and what an exec could restore. Capabilities that the
 * process lacks are not added. Returns 0, or -1 with e filled.
 */
int sandbox_keep(const int *capabilities, size_t count, struct err *e);
/* Is this one of its permitted capabilities? */
bool sandbox_permits(int capability);

#define SANDBOX_NOBODY 65534

/* Changes root to user nobody, without groups, if permitted. Other users stay. 0, or -1 with e. */
int sandbox_drop_user(struct err *e);
/* Is there a right left, or is that not known? */
bool sandbox_has_capabilities(void);

#endif
