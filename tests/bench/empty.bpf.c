// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs that do nothing on the hooks that boundby uses: what any tool on them must cost. */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#define EMPTY(name, hook)   \
	SEC("tp_btf/" hook) \
	int name(void *ctx) \
	{                   \
		return 0;   \
	}

EMPTY(empty_switch, "sched_switch")
EMPTY(empty_waking, "sched_waking")
EMPTY(empty_wakeup, "sched_wakeup")
EMPTY(empty_wakeup_new, "sched_wakeup_new")
EMPTY(empty_fork, "sched_process_fork")
EMPTY(empty_exec, "sched_process_exec")
EMPTY(empty_exit, "sched_process_exit")
EMPTY(empty_socket, "inet_sock_set_state")
EMPTY(empty_sys_enter, "sys_enter")
EMPTY(empty_sys_exit, "sys_exit")

char LICENSE[] SEC("license") = "GPL";
