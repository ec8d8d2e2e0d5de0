/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Python frames of a sleeping thread, read from outside: what bpf/places/python.bpf.c does for a running one. */
#ifndef BOUNDBY_COLLECT_RUNTIMES_PYTHON_FRAMES_H
#define BOUNDBY_COLLECT_RUNTIMES_PYTHON_FRAMES_H

#include "wire_look.h"

/*
 * Fills the frames of the thread, innermost first, and *ret_flags (FRAMES_*). Returns how many. The
 * thread is named by its number in its own PID namespace and by its thread pointer; it must sleep.
 */
__u32 python_frames_read(const struct python_layout *layout, const struct wait_look *look,
			 struct python_stack *ret, __u32 *ret_flags);

#endif
