// SPDX-License-Identifier: GPL-2.0-or-later
/* The snapshot of a ledger. Global: the verifier checks it once instead of at each call. */
#include "ledger.bpf.h"

__u32 ledger_cross(struct thread_ledger *ledger, __u64 boundary, __u64 now)
{
	if (!ledger || boundary > now)
		return 0;
	ledger->crossing_ns = boundary;
	ledger_barrier();
	if (ledger->since_ns <= boundary) {
		ledger_add(ledger, boundary);
		__builtin_memcpy(&ledger->snap, &ledger->total, sizeof(ledger->snap));
		ledger->snap_state = ledger->state;
		ledger->snap_entered_ns = ledger->entered_ns;
		__builtin_memcpy(&ledger->snap_site, &ledger->wait.site, sizeof(ledger->snap_site));
		__builtin_memcpy(&ledger->snap_futex, &ledger->futex, sizeof(ledger->snap_futex));
		wait_histograms_snap(ledger);
	}
	ledger_barrier();
	ledger->snap_ns = boundary;
	return 0;
}
