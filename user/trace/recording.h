/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One recording, in one file or several that follow each other. Trusts none of them. */
#ifndef BOUNDBY_TRACE_RECORDING_H
#define BOUNDBY_TRACE_RECORDING_H

#include "trace/codec/chunks.h"
#include "trace/trace_facts.h"

struct recording {
	struct chunks *files; /* in the order of their time */
	uint64_t *begins; /* first boundary of each */
	size_t count;
	struct trace_facts facts;
};

/*
 * Takes ownership of count fds of the files in names (borrowed), in any order. 0, or -1 with e
 * filled; recording_close either way.
 */
int recording_open(struct recording *recording, const int *fds, const char *const *names,
		   size_t count, struct err *e);
void recording_close(struct recording *recording);

/*
 * What one file says of itself. fd stays open; name is for messages. 0, or -1 with e filled: it is
 * no trace, or nothing of it can be read.
 */
int recording_facts(int fd, const char *name, struct trace_facts *ret, struct err *e);

/* Are two files parts of one recording? */
bool recording_is_one(const struct trace_facts *one, const struct trace_facts *other);

#endif
