// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/bpf/call_hooks.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <unistd.h>

#include "boundby.skel.h"

/*
 * The change that lets programs on system calls sleep took out what kept them from being preempted:
 * a kernel that loads a program which may sleep there preempts those that may not, too.
 */
static bool are_preempted(const struct btf *btf)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_RAW_TP,
		    .prog_flags = BPF_F_SLEEPABLE);
	int program, id = btf__find_by_name_kind(btf, "btf_trace_sys_enter", BTF_KIND_TYPEDEF);

	if (id <= 0)
		return false;
	options.attach_btf_id = (__u32)id;
	program =
		bpf_prog_load(BPF_PROG_TYPE_TRACING, "boundby_probe", "GPL", nothing, 2, &options);
	if (program < 0)
		return false;
	close(program);
	return btf__find_by_name_kind(btf, "bpf_preempt_disable", BTF_KIND_FUNC) > 0;
}

struct call_hooks call_hooks_choose(struct boundby_bpf *skel, const struct btf *btf)
{
	struct call_hooks plain = { skel->progs.on_sys_enter, skel->progs.on_sys_exit },
			  nopreempt = { skel->progs.on_sys_enter_nopreempt,
					skel->progs.on_sys_exit_nopreempt };
	bool preempted = are_preempted(btf);
	struct call_hooks other = preempted ? plain : nopreempt;

	bpf_program__set_autoload(other.enter, false);
	bpf_program__set_autoload(other.exit, false);
	return preempted ? nopreempt : plain;
}
