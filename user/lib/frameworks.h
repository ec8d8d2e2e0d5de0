/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frameworks and servers whose own words advice is given in: one row each, found by a module that is
 * loaded, the program's or a thread's name, or a frame of a stack. A new one is a row here and, where
 * its words differ from its runtime's, one in verdict/advice/runtime_words.c.
 */
#ifndef BOUNDBY_LIB_FRAMEWORKS_H
#define BOUNDBY_LIB_FRAMEWORKS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/runtimes.h"

/* Append only: traces hold the bits of those that a module shows. The first that is found counts. */
enum framework_id {
	FRAMEWORK_NONE,
	FRAMEWORK_GEVENT,
	FRAMEWORK_EVENTLET,
	FRAMEWORK_CELERY,
	FRAMEWORK_TORNADO,
	FRAMEWORK_TWISTED,
	FRAMEWORK_SYNC_TO_ASYNC, /* Django's and Channels' executor for handlers that block */
	FRAMEWORK_UVICORN,
	FRAMEWORK_GUNICORN,
	FRAMEWORK_UVLOOP,
	FRAMEWORK_TOKIO,
	FRAMEWORK_FORK_JOIN,
	FRAMEWORK_PUMA,
	FRAMEWORK_PHP_FPM,
	FRAMEWORK_NGINX,
	FRAMEWORK_REDIS,
	FRAMEWORK_POSTGRESQL,
	FRAMEWORK_MYSQL,
	NR_FRAMEWORKS,
};

/* Each of the four begins, or for a module and a frame is, a part of what it is compared with. */
struct framework_traits {
	const char *name; /* static; as in JSON */
	enum runtime_id runtime; /* the only one that it is looked for in */
	const char *module; /* in the path of a mapped file */
	const char *program; /* base name of the executable, or name of the process */
	const char *thread; /* name of a thread */
	const char *frame; /* in a frame of a stack */
};

/* Never NULL. */
const struct framework_traits *framework_traits(enum framework_id id);

/* The bit of the framework that a mapped file of this path belongs to, 0 none. */
uint64_t framework_of_module(const char *path);

#endif
