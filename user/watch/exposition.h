/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The newest text of the metrics, in memory shared by two processes. The writer never waits; the
 * reader gets the newest complete text, also after it was restarted. The server can read it and
 * nothing else.
 */
#ifndef BOUNDBY_WATCH_EXPOSITION_H
#define BOUNDBY_WATCH_EXPOSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "render/metrics/metrics.h"

#define EXPOSITION_MAX_BYTES (16 << 20) /* of a text; pages that are not written cost nothing */

struct exposition_page;

struct exposition {
	struct exposition_page *write; /* not in children: a fork leaves it out */
	const struct exposition_page *read;
};

/* A text as it stands there, and until when it is fresh, CLOCK_MONOTONIC ns. */
struct exposition_view {
	uint64_t number; /* 0: none has come yet */
	uint64_t until_ns;
	const char *text[NR_METRICS_FORMATS];
	size_t length[NR_METRICS_FORMATS];
};

/* 0, or -1 with e filled. */
int exposition_open(struct exposition *ret, struct err *e);
void exposition_close(struct exposition *exposition);

/* Puts the next one in place. 0, or -1 when a text is too long: then all is as it was. */
int exposition_put(struct exposition *exposition, const char *const text[NR_METRICS_FORMATS],
		   uint64_t until_ns);

/* The newest. What is copied from it is whole if exposition_holds() afterwards, else to be redone. */
void exposition_look(const struct exposition *exposition, struct exposition_view *ret);
bool exposition_holds(const struct exposition *exposition, const struct exposition_view *view);

#endif
