/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Members of an epoll set, which the kernel lists in fdinfo. It runs in the helper: the list of a set takes
 * as long as its owner wants it to.
 */
#ifndef BOUNDBY_COLLECT_READER_EVENT_SET_H
#define BOUNDBY_COLLECT_READER_EVENT_SET_H

#include <sys/types.h>

#include "collect/reader/protocol.h"

/* Fills *ret, which is zeroed, by the set that is the process's descriptor fd. */
void event_set_read(pid_t pid, uint32_t fd, struct reader_event_set_answer *ret);

#endif
