/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Python stack of the current thread, by code objects. */
#ifndef BOUNDBY_PYTHON_BPF_H
#define BOUNDBY_PYTHON_BPF_H

#include "maps.bpf.h"

/*
 * Fills frames, innermost first, of the current thread, which is of this process. Returns how
 * many, and above them FRAMES_* << 16.
 */
__u32 python_take(struct python_stack *stack, __u32 tgid);

#endif
