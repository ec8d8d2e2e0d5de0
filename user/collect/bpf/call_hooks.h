/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs on system calls: the pair that fits this kernel. */
#ifndef BOUNDBY_COLLECT_CALL_HOOKS_H
#define BOUNDBY_COLLECT_CALL_HOOKS_H

struct boundby_bpf;
struct bpf_program;
struct btf;

struct call_hooks {
	struct bpf_program *enter, *exit;
};

/*
 * Before load: where the kernel preempts programs on system calls, those that prevent it, else those
 * without. Leaves the other pair out.
 */
struct call_hooks call_hooks_choose(struct boundby_bpf *skel, const struct btf *btf);

#endif
