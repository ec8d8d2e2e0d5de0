/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What session.c leaves to stalls.c: private to both. */
#ifndef BOUNDBY_SESSION_SESSION_PARTS_H
#define BOUNDBY_SESSION_SESSION_PARTS_H

#include "session/session.h"

/* Takes a stall; one in progress is replaced by its next record. 0, -EINVAL or -ENOMEM. */
int session_feed_stall(struct session *session, const struct record_stall *record);

/* Frames follow their stall, in their order; those of none that is kept are left out. */
int session_feed_stall_frame(struct session *session, const struct record_stall_frame *record);

#endif
