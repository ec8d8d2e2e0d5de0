/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keeper starts helpers, and ends them. It is forked before boundby has opened anything, and never
 * touches a target: a helper begins with a memory that holds nothing of other programs.
 *
 * A keeper that was killed (by root or for lack of memory: no other user can) is not replaced. A fork of
 * boundby as it is by then would give maps, rings and stacks of all programs to the process that parses
 * what a hostile one wrote; boundby executed again has no rights, since sandbox_keep() emptied the
 * bounding set. What is lost from then on: names of functions, locks and runtimes, and what calls that
 * began before the attach wait for. Each counts as a question without an answer (names-lost). Times and
 * states are the kernel's and stay exact.
 */
#ifndef BOUNDBY_COLLECT_READER_KEEPER_H
#define BOUNDBY_COLLECT_READER_KEEPER_H

#include <sys/types.h>

#include "lib/err.h"

struct keeper {
	pid_t pid; /* 0: none */
	int control; /* -1: none */
};

/* 0, or -1 with e filled. */
int keeper_start(struct keeper *keeper, struct err *e);

/*
 * Ends the helper that the keeper started last, if any, and starts another. *ret_pid and the socket to
 * it, or -1: there is none now (the keeper is gone, or too many could not be ended). stop: as of
 * live_config, NULL none; once it is set the keeper is given up after a moment.
 */
int keeper_another(struct keeper *keeper, const volatile int *stop, pid_t *ret_pid);

/* Ends the keeper and its helpers. */
void keeper_stop(struct keeper *keeper);

#endif
