// SPDX-License-Identifier: GPL-2.0-or-later
/* The helper reads no more than a few words for each thread; all of it takes RESOLVE_MOST_NS at most. */
#include "collect/waits/open_waits.h"

#include <string.h>

#include "collect/reader/asks.h"
#include "lib/clock.h"

#define RESOLVE_MOST_NS 500000000ULL /* 100,000 threads, at some microseconds each */

struct resolving {
	struct bpf_session *session;
	struct reader *helper;
	uint64_t until_ns;
	__u64 resolved;
	size_t count;
	struct wait_look looks[READER_WAITS_MAX]; /* of a question */
};

static void resolve(struct resolving *resolving)
{
	struct reader_wait_words words[READER_WAITS_MAX];
	size_t i;

	ask_waits(resolving->helper, resolving->looks, resolving->count, words);
	for (i = 0; i < resolving->count; i++)
		if (words[i].known &&
		    !bpf_session_resolve(resolving->session, resolving->looks[i].id,
					 &words[i].resolved))
			resolving->resolved++;
	resolving->count = 0;
}

static int on_look(void *arg, const void *row)
{
	struct resolving *resolving = arg;
	struct wait_look *look = &resolving->looks[resolving->count];

	memcpy(look, row, sizeof(*look));
	if (look->what == LOOK_NOTHING)
		return 0;
	if (++resolving->count == READER_WAITS_MAX)
		resolve(resolving);
	return clock_ns(CLOCK_MONOTONIC) > resolving->until_ns;
}

int open_waits_resolve(struct bpf_session *session, struct reader *helper)
{
	struct resolving resolving = { .session = session,
				       .helper = helper,
				       .until_ns = clock_ns(CLOCK_MONOTONIC) + RESOLVE_MOST_NS };
	int result = bpf_session_look(session, 0, on_look, &resolving);

	if (resolving.count)
		resolve(&resolving);
	if (result < 0 || !resolving.resolved)
		return result < 0 ? result : 0;
	return bpf_session_resolve_all(session);
}
