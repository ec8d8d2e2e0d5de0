/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this host and this user can and cannot measure, as lines of text. */
#ifndef BOUNDBY_COLLECT_HOST_HOST_CHECK_H
#define BOUNDBY_COLLECT_HOST_HOST_CHECK_H

#include <stddef.h>

#include "lib/err.h"

struct host_fact {
	char name[32]; /* e.g. "BTF", "CAP_BPF", "lockdown" */
	int status; /* 1 good, 0 absent but not needed, -1 needed and missing */
	char detail[200]; /* what it means */
	char fix[200]; /* what to do, "" nothing */
};

/*
 * Fills up to max facts; returns how many there are. Changes nothing on the host. btf: file with the
 * types of this kernel, NULL its own.
 */
size_t host_check(const char *btf, struct host_fact *facts, size_t max);

/* The first thing needed and missing as one sentence: 0 all there, else -1 with e filled. */
int host_require(const char *btf, struct err *e);

#endif
