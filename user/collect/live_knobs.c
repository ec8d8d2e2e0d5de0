// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Changes of detail, pauses and bursts, requested between two records; keeps what was not measured,
 * and for how long, for the records.
 */
#include <errno.h>

#include "collect/source_live_parts.h"
#include "lib/state_names.h"

#define BURST_MOST_NS 200000000ULL
/*
 * One part in this many of the time: a caller that asks after each ten-second window, allowing for
 * reading time, is never refused.
 */
#define BURST_SHARE 49

static void give_up(struct live_knobs *knobs, enum detail_place which, bool off, uint64_t now)
{
	if (off == (knobs->off_ns[which] != 0))
		return;
	if (!off)
		knobs->given_up_ns[which] += now - knobs->off_ns[which];
	knobs->off_ns[which] = off ? now : 0;
}

void live_overhead_step(struct source_live *live, uint64_t now_ns, bool end)
{
	const struct live_knobs *knobs = &live->knobs;
	enum overhead_way way = OVERHEAD_WATCHING;

	if (knobs->burst_from_ns)
		way = OVERHEAD_BURST;
	else if (knobs->off_ns[DETAIL_AT_CONTINUOUS])
		way = OVERHEAD_PAUSED;
	overhead_step(&live->overhead, live->session, now_ns, way, end);
}

void source_live_detail(struct source *source, uint32_t keeps)
{
	struct source_live *live = (struct source_live *)source;
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	bpf_session_detail(live->session, keeps);
	give_up(&live->knobs, DETAIL_AT_STACKS, !(keeps & DETAIL_STACKS), now);
	give_up(&live->knobs, DETAIL_AT_WAKERS, !(keeps & DETAIL_WAKERS), now);
	give_up(&live->knobs, DETAIL_AT_HISTOGRAMS, !(keeps & DETAIL_HISTOGRAMS), now);
}

void source_live_places(struct source *source, double part)
{
	struct source_live *live = (struct source_live *)source;

	live->places_per_s = part * live->config.places_per_s;
	bpf_session_sample_rate(live->session, live->places_per_s);
}

int source_live_pause(struct source *source, bool on)
{
	struct source_live *live = (struct source_live *)source;
	__u64 at = 0;
	int error;

	live_knobs_tick(live, clock_ns(CLOCK_MONOTONIC), true);
	error = bpf_session_pause(live->session, on, &at);
	if (error == -EALREADY)
		return 0;
	if (at && !(on && error))
		give_up(&live->knobs, DETAIL_AT_CONTINUOUS, on, at);
	live_overhead_step(live, clock_ns(CLOCK_MONOTONIC), false);
	return error;
}

int source_live_burst(struct source *source, uint64_t length_ns)
{
	struct source_live *live = (struct source_live *)source;
	struct live_knobs *knobs = &live->knobs;
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	int error;

	live_knobs_tick(live, now, !length_ns);
	if (!length_ns)
		return 0;
	if (knobs->burst_from_ns)
		return -EBUSY;
	if (now < knobs->burst_next_ns)
		return -EAGAIN;
	if (length_ns > BURST_MOST_NS)
		length_ns = BURST_MOST_NS;
	error = bpf_session_burst(live->session, length_ns);
	if (error)
		return error;
	knobs->burst_next_ns = now + length_ns * BURST_SHARE;
	knobs->burst_from_ns = clock_ns(CLOCK_MONOTONIC); /* attaching takes its time */
	knobs->burst_until_ns = knobs->burst_from_ns + length_ns;
	knobs->bursts++;
	live_overhead_step(live, knobs->burst_from_ns, false);
	return 0;
}

uint64_t live_knobs_tick(struct source_live *live, uint64_t now_ns, bool end)
{
	struct live_knobs *knobs = &live->knobs;

	if (!knobs->burst_from_ns)
		return UINT64_MAX;
	if (!end && now_ns < knobs->burst_until_ns)
		return knobs->burst_until_ns;
	bpf_session_burst(live->session, 0);
	/* the hooks themselves saw to it that it was no longer */
	if (now_ns > knobs->burst_until_ns)
		now_ns = knobs->burst_until_ns;
	knobs->burst_ns += now_ns > knobs->burst_from_ns ? now_ns - knobs->burst_from_ns : 0;
	knobs->burst_from_ns = 0;
	live_overhead_step(live, clock_ns(CLOCK_MONOTONIC), false);
	return UINT64_MAX;
}

void live_places_step(struct source_live *live, uint64_t now_ns)
{
	uint64_t sampled_ns[NR_PLACE_CLASSES] = { 0 }, tau_ns[NR_PLACE_CLASSES];
	struct run_counters counters;
	double per_s = live->places_per_s;
	uint32_t i;

	if (!(per_s > 0))
		return;
	bpf_session_counters(live->session, &counters);
	for (i = 0; i < NR_STATES; i++)
		sampled_ns[state_group(i) == GROUP_REST ? PLACE_REST : PLACE_WORK] +=
			live->places.sampled_ns[i] + counters.places_refused_ns[i];
	place_rate_step(&live->place_rate, per_s, bpf_session_threads(live->session), sampled_ns,
			now_ns, tau_ns);
	bpf_session_places(live->session, tau_ns[PLACE_WORK], tau_ns[PLACE_REST], per_s);
}

void live_knobs_fill(const struct source_live *live, uint64_t at_ns, struct record_overhead *ret)
{
	const struct live_knobs *knobs = &live->knobs;
	int i;

	ret->bursts = knobs->bursts;
	ret->burst_ns = knobs->burst_ns;
	for (i = 0; i < NR_DETAILS; i++) {
		ret->given_up_ns[i] = knobs->given_up_ns[i];
		if (knobs->off_ns[i] && at_ns > knobs->off_ns[i])
			ret->given_up_ns[i] += at_ns - knobs->off_ns[i];
	}
}
