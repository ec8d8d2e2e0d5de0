/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The HTTP side of metrics: runs in a separate process without rights. Given a listening socket and
 * the shared text, answers GET and HEAD of /metrics, /-/healthy and /.
 */
#ifndef BOUNDBY_WATCH_METRICS_HTTP_H
#define BOUNDBY_WATCH_METRICS_HTTP_H

#include "watch/exposition.h"

struct metrics_http;

/* How long a client may take; a crowd of them may not keep others out for longer. */
struct metrics_http_limits {
	unsigned int silence_s; /* a client that sends nothing for this long is closed ... */
	uint64_t client_ns; /* ... and one that sends little at a time, after this */
};

extern const struct metrics_http_limits metrics_http_limits; /* those of a watch */

/* Makes ready what takes rights that serving does not. 0, or -1 with e filled. */
int metrics_http_open(int listen_fd, const struct exposition *exposition,
		      const struct metrics_http_limits *limits, struct metrics_http **ret,
		      struct err *e);
/*
 * Serves until the other end of lifeline is closed; answers then what has been asked, for a second
 * at most. Takes no new right: epoll, sockets that are accepted, memory, and the clock are all.
 */
void metrics_http_run(struct metrics_http *http, int lifeline);

/* Does this Accept header (NULL: there is none) prefer OpenMetrics to plain text? */
bool metrics_http_prefers_openmetrics(const char *accept);

#endif
