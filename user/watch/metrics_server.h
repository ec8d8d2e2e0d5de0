/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metrics over HTTP. Takes an address and, after each window, the new texts; unprivileged processes
 * serve them.
 */
#ifndef BOUNDBY_WATCH_METRICS_SERVER_H
#define BOUNDBY_WATCH_METRICS_SERVER_H

#include <stdint.h>

#include "lib/err.h"
#include "watch/metrics_http.h"

struct metrics_server;

/*
 * Binds the address (listen_address.h) and starts to serve; until the first texts come, an empty
 * one. To be called before anything is opened or done that needs rights, by a process with one
 * thread: what is forked here has only the socket. Says on stderr when serving was
 * disturbed. limits: of clients, kept until the stop. 0 with *ret, or -1 with e filled (usage, permission, failed).
 */
int metrics_server_start(const char *address, const struct metrics_http_limits *limits,
			 struct metrics_server **ret, struct err *e);

/* Where it listens, with the port that was given for port 0. */
const char *metrics_server_address(const struct metrics_server *server);

/*
 * From now on these texts (metrics.h) are served; they count as healthy for so long. Never waits
 * for clients. 0, or -1 with e filled: they are too long, and the ones before stay.
 */
int metrics_server_put(struct metrics_server *server, const char *openmetrics, const char *plain,
		       uint64_t healthy_ns, struct err *e);

/* Lets clients have what they asked for, for 2 s at most; ends the processes; frees. NULL is none. */
void metrics_server_stop(struct metrics_server *server);

#endif
