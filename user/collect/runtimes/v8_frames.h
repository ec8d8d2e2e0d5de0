/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The JavaScript frames of a sleeping thread, read from outside: what bpf/places/v8.bpf.c does for a running one. */
#ifndef BOUNDBY_COLLECT_RUNTIMES_V8_FRAMES_H
#define BOUNDBY_COLLECT_RUNTIMES_V8_FRAMES_H

#include "wire_look.h"

/*
 * Fills the frames of the thread, innermost first, and *ret_flags (FRAMES_*). Returns how many. The
 * thread is named by its thread pointer; it must sleep.
 */
__u32 v8_frames_read(const struct v8_roots *roots, const struct wait_look *look,
		     struct v8_stack *ret, __u32 *ret_flags);

#endif
