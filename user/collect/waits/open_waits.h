/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waits that began before the watch: what the kernel side cannot classify without the thread's memory
 * (the words of a futex, the set of a poll or select) is read here, while the thread sleeps.
 */
#ifndef BOUNDBY_COLLECT_OPEN_WAITS_H
#define BOUNDBY_COLLECT_OPEN_WAITS_H

#include "collect/bpf/bpf_session.h"
#include "collect/reader/reader.h"

/*
 * Classifies the waits of all threads that were asleep when their ledgers were seeded. Where the memory
 * cannot be read, or it takes too long, the wait stays `other`. 0 or negative errno.
 */
int open_waits_resolve(struct bpf_session *session, struct reader *helper);

#endif
