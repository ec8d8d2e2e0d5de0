// SPDX-License-Identifier: GPL-2.0-or-later
/* Histograms of waits, kept in the thread's ledger; with --events each long interval is an event. */
#include "histogram.bpf.h"

#include "emit.bpf.h"

/*
 * These functions are global: the verifier checks each once instead of at each call, which keeps
 * attach time short.
 */
/* Sends the interval that ends now as a separate event, if that was requested. */
static __noinline __u32 interval_emit(const struct thread_ledger *ledger, __u64 now)
{
	struct interval_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	struct run_counters *counters;

	if (!event) {
		counters = emit_counters();
		if (counters)
			counters->intervals_dropped++;
		return 0;
	}
	emit_thread(&event->thread, ledger, EVENT_INTERVAL, sizeof(*event), now);
	event->begin_ns = ledger->entered_ns;
	event->state = ledger->state;
	event->waker_tgid = ledger->wake.tgid;
	event->waker_tid = ledger->wake.tid;
	event->pad = 0;
	__builtin_memcpy(&event->site, &ledger->wait.site, sizeof(event->site));
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 0;
}

__u32 wait_histogram_add(struct thread_ledger *ledger, __u64 now)
{
	__u64 from, window = window_start_ns;
	__u32 state, at;

	/* waits that end before the window opens do not count, so that its sums start at zero */
	if (!ledger || !window || now < window)
		return 0;
	if (!keeps(DETAIL_HISTOGRAMS))
		goto out;
	state = ledger->state - WIRE_FIRST_WAIT;
	from = ledger->entered_ns < window ? window : ledger->entered_ns;
	at = histogram_slot(now > from ? now - from : 0);
	if (state < WIRE_WAIT_STATES && at < WIRE_HISTOGRAM_LEN)
		ledger->waits[state].count[at]++;
out:
	if (cfg_events_ns && now - ledger->entered_ns >= cfg_events_ns)
		interval_emit(ledger, now);
	return 0;
}

__u32 wait_histograms_snap(struct thread_ledger *ledger)
{
	__u32 i;

	if (!ledger)
		return 0;
	for (i = 0; i < WIRE_WAIT_STATES; i++)
		if (ledger->total.state_count[WIRE_FIRST_WAIT + i])
			ledger->snap_waits[i] = ledger->waits[i];
	return 0;
}
