// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where computing goes: a clock of each CPU takes a sample of the monitored thread that runs there.
 * The clock does not follow switches, so switches cost nothing more.
 */
#include "emit.bpf.h"
#include "maps.bpf.h"
#include "places/stack.bpf.h"

/* Each sample is kept with the same probability, so that those that are stand for all. */
SEC("perf_event")
int on_cpu_sample(struct bpf_perf_event_data *context)
{
	struct thread_ledger *ledger = ledger_of(bpf_get_current_task_btf());
	struct run_counters *counters;

	if (!ledger || ledger->state != STATE_ON_CPU || epoch_now() & 1 || !keeps(DETAIL_STACKS))
		return 0;
	counters = emit_counters();
	if (!counters)
		return 0;
	if (bpf_get_prandom_u32() < samples_left_out) {
		counters->samples_thinned++;
		return 0;
	}
	counters->samples_taken++;
	stack_take(ledger, STACK_PLACE);
	return 0;
}
