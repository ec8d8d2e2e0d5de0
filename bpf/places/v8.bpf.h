/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The JavaScript stack of the current thread, by slots of its frames. */
#ifndef BOUNDBY_V8_BPF_H
#define BOUNDBY_V8_BPF_H

#include "maps.bpf.h"

/*
 * Fills frames, innermost first, of the current thread, which is of this process. frame and pc: where
 * it was interrupted, in case that is JavaScript; frame 0: it was not. Returns how many, and above
 * them FRAMES_* << 16.
 */
__u32 v8_take(struct v8_stack *stack, __u32 tgid, __u64 frame, __u64 pc);

#endif
