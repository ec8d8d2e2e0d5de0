/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a CPython keeps its threads and frames, and what a frame is called. */
#ifndef BOUNDBY_COLLECT_RUNTIMES_PYTHON_LAYOUT_H
#define BOUNDBY_COLLECT_RUNTIMES_PYTHON_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "collect/runtimes/frame_place.h"
#include "wire.h"

/*
 * The layout of the interpreter whose _PyRuntime is at `runtime`: of 3.13 and later as published
 * there, of 3.8 to 3.12 by a table. True when it is known and confirmed on the living process: its
 * first thread state is one, and its frames have names.
 */
bool python_layout_find(pid_t pid, uint64_t runtime, unsigned int minor, struct python_layout *ret);

/*
 * What a frame is called. False: its code object is gone, or is another one by now: the frame is
 * torn, and nothing is to be said of it.
 */
bool python_place_find(pid_t pid, const struct python_layout *layout,
		       const struct python_frame *frame, struct frame_place *ret);

#endif
