// SPDX-License-Identifier: GPL-2.0-or-later
/* bpf/waits/futex.bpf.c for the host, with the variables that it reads. */
#include "../../../bpf/waits/futex.bpf.c"
#include "kernel.h"

volatile __u32 have_interpreters;
struct interpreter_table interpreter_locks;

void kernel_futex_interpreter(struct interpreter_locks *locks)
{
	have_interpreters = locks != NULL;
	memory_map(&interpreter_locks, locks);
}
