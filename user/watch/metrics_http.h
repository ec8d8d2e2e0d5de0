/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The HTTP side of metrics: runs in a separate process without rights. Given a listening socket and
 * the shared text, answers GET and HEAD of /metrics, /-/healthy and /.
 */
#ifndef BOUNDBY_WATCH_METRICS_HTTP_H
#define BOUNDBY_WATCH_METRICS_HTTP_H

#include "watch/exposition.h"

struct metrics_http;

/* Makes ready what takes rights that serving does not. 0, or -1 with e filled. */
int metrics_http_open(int listen_fd, const struct exposition *exposition, struct metrics_http **ret,
		      struct err *e);
/*
 * Serves until the other end of lifeline is closed; answers then what has been asked, for a second
 * at most. Takes no new right: epoll, sockets that are accepted, memory, and the clock are all.
 */
void metrics_http_run(struct metrics_http *http, int lifeline);

/* Does this Accept header (NULL: there is none) prefer OpenMetrics to plain text? */
bool metrics_http_prefers_openmetrics(const char *accept);

#endif
