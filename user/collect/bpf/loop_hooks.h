/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hooks of the event waits alone: whether this kernel has them. */
#ifndef BOUNDBY_COLLECT_LOOP_HOOKS_H
#define BOUNDBY_COLLECT_LOOP_HOOKS_H

#include <stdbool.h>

struct bpf_object;
struct btf;

/*
 * Before load: leaves those programs out that the kernel has no function for, or all of them if they
 * are not wanted or the kernel does not attach a small one of their kind. True: they are in.
 */
bool loop_hooks_choose(struct bpf_object *object, const struct btf *btf, bool wanted);

#endif
