/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Members of an epoll set, which the kernel lists in fdinfo. It runs in the helper: the list of a set takes
 * as long as its owner wants it to.
 */
#ifndef BOUNDBY_COLLECT_READER_EVENT_SET_H
#define BOUNDBY_COLLECT_READER_EVENT_SET_H

#include "collect/reader/protocol.h"

/* Fills *ret, which is zeroed, by the set. */
void event_set_read(const struct reader_event_set *set, struct reader_event_set_answer *ret);

#endif
