// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Takes the samples that place.bpf.h decides on where the kernel has a tracepoint behind a switch (6.16): there
 * the thread that was switched in is the current one, with its own memory, which in sched_switch is
 * still that of the one before.
 */
#include "places/place.bpf.h"

#include <bpf/bpf_tracing.h>

#include "places/stack.bpf.h"

__u64 place_period_ns = 0;
__u64 place_taken = 0;
__u8 place_wanted[PLACE_CPUS] = {};
__u32 place_outside = 0;
volatile __u32 place_hooked = 0;

SEC("tp_btf/sched_exit_tp")
int on_sched_exit(void *ctx)
{
	__u32 at = compat_index(bpf_get_smp_processor_id(), PLACE_CPUS);
	struct thread_ledger *ledger;

	if (!place_wanted[at])
		return 0;
	place_wanted[at] = 0;
	ledger = ledger_of(bpf_get_current_task_btf());
	if (ledger && ledger->place_ns)
		stack_take(ledger, 0);
	return 0;
}
