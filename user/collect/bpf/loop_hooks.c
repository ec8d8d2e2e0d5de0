// SPDX-License-Identifier: GPL-2.0-or-later
/* Chooses the hooks of event waits that this kernel has and attaches. */
#include "collect/bpf/loop_hooks.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

/* fentry/NAME or fexit/NAME: NAME. NULL: another kind of program. */
static const char *function_of(const struct bpf_program *program)
{
	const char *section = bpf_program__section_name(program);

	if (!strncmp(section, "fentry/", 7))
		return section + 7;
	return strncmp(section, "fexit/", 6) ? NULL : section + 6;
}

/* Kernels may have such programs and refuse to attach them: only an attached one shows it. */
static bool attaches(int function_id, enum bpf_attach_type type)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = type,
		    .attach_btf_id = (__u32)function_id);
	int program = bpf_prog_load(BPF_PROG_TYPE_TRACING, "boundby_probe", "GPL", nothing, 2,
				    &options),
	    link;

	if (program < 0)
		return false;
	link = bpf_raw_tracepoint_open(NULL, program);
	close(program);
	if (link < 0)
		return false;
	close(link);
	return true;
}

bool loop_hooks_choose(struct bpf_object *object, const struct btf *btf, bool wanted)
{
	struct bpf_program *program;
	bool known = false, possible = wanted;
	const char *function;
	int id;

	bpf_object__for_each_program(program, object)
	{
		function = function_of(program);
		if (!function)
			continue;
		id = possible ? btf__find_by_name_kind(btf, function, BTF_KIND_FUNC) : -1;
		if (id > 0 && !known)
			known = possible = attaches(id, BPF_TRACE_FENTRY) &&
					   attaches(id, BPF_TRACE_FEXIT);
		bpf_program__set_autoload(program, id > 0 && possible);
	}
	return known && possible;
}
