/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs the command of `watch --hook` when a trigger was raised. A process that is forked before
 * boundby has opened anything starts the commands, each as `/bin/sh -c COMMAND` in a group of its own, with
 * the event on stdin and an environment of its own; boundby itself only sends it a message, and never waits.
 * At most HOOKS_MAX run at a time, each for a limited time: then its group is killed.
 */
#ifndef BOUNDBY_WATCH_HOOKS_H
#define BOUNDBY_WATCH_HOOKS_H

#include <stdint.h>

#include "lib/err.h"

#define HOOKS_MAX 4
#define HOOK_NS 30000000000ULL
#define HOOK_COMMAND_MAX 4096
#define HOOK_EVENT_MAX 32768 /* below what a pipe takes at once */

struct hooks;

/*
 * user: of /etc/passwd, whose rights the commands have, with its group alone; NULL: those of boundby's own
 * user. In neither case do they have capabilities that were given to boundby (AmbientCapabilities).
 * limit_ns: how long a command may take. Single-threaded. 0, or -1 with e filled.
 */
int hooks_start(const char *user, uint64_t limit_ns, struct hooks **ret, struct err *e);

/*
 * Hands an event to a command. Never blocks: 0; -EAGAIN, too many are waiting, so that this one is not
 * run; -E2BIG; -EPIPE: the process that starts them is gone.
 */
int hooks_call(struct hooks *hooks, const char *command, const char *event);

/* Logs commands that failed or were killed since the last call. NULL is allowed. */
void hooks_report(struct hooks *hooks);

/* Ends them, after two seconds for those that run. NULL is allowed. */
void hooks_stop(struct hooks *hooks);

#endif
