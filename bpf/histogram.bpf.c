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

/* A row of more_histograms, cleared; NULL: all are taken. */
static __always_inline struct kept_histogram *take_row(__u32 *row)
{
	static const struct kept_histogram nothing = {};
	struct kept_histogram *place;

	if (bpf_map_pop_elem(&free_histograms, row)) {
		if (histograms_used >= cfg_histograms_max)
			return NULL;
		*row = __sync_fetch_and_add(&histograms_used, 1);
	}
	place = bpf_map_lookup_elem(&more_histograms, row);
	if (place)
		__builtin_memcpy(place, &nothing, sizeof(nothing));
	return place;
}

/* Room for the histogram of a state that the thread was not in yet. Rare: once for each. */
static __noinline struct kept_histogram *make_place(struct thread_ledger *ledger, __u32 state)
{
	struct kept_histogram *place;
	__u32 row = 0;

	if (state >= WIRE_WAIT_STATES)
		return NULL;
	if (ledger->histograms_used < LEDGER_HISTOGRAMS) {
		ledger->histogram_at[state] = ++ledger->histograms_used;
		return histogram_place(ledger, state);
	}
	place = take_row(&row);
	if (!place) {
		ledger->histogram_at[state] = HISTOGRAM_REFUSED;
		emit_lost(LOSS_MAP_FULL);
		return NULL;
	}
	ledger->histogram_at[state] = row + LEDGER_HISTOGRAMS + 1;
	return place;
}

__u32 wait_histogram_add(struct thread_ledger *ledger, __u64 now)
{
	__u64 from, window = window_start_ns;
	struct kept_histogram *place;
	__u32 state, at;

	/* waits that end before the window opens do not count, so that its sums start at zero */
	if (!ledger || !window || now < window)
		return 0;
	if (!keeps(DETAIL_HISTOGRAMS))
		goto out;
	state = ledger->state - WIRE_FIRST_WAIT;
	from = ledger->entered_ns < window ? window : ledger->entered_ns;
	at = histogram_slot(now > from ? now - from : 0);
	if (state >= WIRE_WAIT_STATES || at >= WIRE_HISTOGRAM_LEN)
		goto out;
	place = ledger->histogram_at[state] ? histogram_place(ledger, state) :
					      make_place(ledger, state);
	if (place)
		place->now.count[at]++;
out:
	if (cfg_events_ns && now - ledger->entered_ns >= cfg_events_ns)
		interval_emit(ledger, now);
	return 0;
}

__u32 wait_histograms_snap(struct thread_ledger *ledger)
{
	struct kept_histogram *place;
	__u32 i;

	if (!ledger)
		return 0;
	for (i = 0; i < WIRE_WAIT_STATES; i++) {
		place = histogram_place(ledger, i);
		if (place)
			place->snap = place->now;
	}
	return 0;
}

__u32 histograms_of(const struct thread_ledger *ledger)
{
	__u32 bits = 0, i;

	if (!ledger)
		return 0;
	for (i = 0; i < WIRE_WAIT_STATES; i++)
		if (ledger->total.state_count[WIRE_FIRST_WAIT + i] &&
		    ledger->histogram_at[i] != HISTOGRAM_REFUSED)
			bits |= 1u << (WIRE_FIRST_WAIT + i);
	return bits;
}

__u32 histograms_free(const struct thread_ledger *ledger)
{
	__u32 i, at;

	if (!ledger || ledger->histograms_used < LEDGER_HISTOGRAMS)
		return 0;
	for (i = 0; i < WIRE_WAIT_STATES; i++) {
		at = ledger->histogram_at[i];
		if (at <= LEDGER_HISTOGRAMS || at == HISTOGRAM_REFUSED)
			continue;
		at -= LEDGER_HISTOGRAMS + 1;
		bpf_map_push_elem(&free_histograms, &at, 0);
	}
	return 0;
}
