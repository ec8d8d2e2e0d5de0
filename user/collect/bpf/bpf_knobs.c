// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Applies runtime settings to the running programs: detail, pauses, bursts of depth syscalls, loop
 * samplers. Writes the controls that the hooks read, and attaches and detaches links.
 */
#include "collect/bpf/bpf_session_parts.h"
#include "collect/bpf/iterator.h"

#include <stdint.h>

#define NOT_YET (~0ULL)

void bpf_session_detail(struct bpf_session *session, __u32 keeps)
{
	session->skel->data->detail = keeps;
}

void bpf_session_places(struct bpf_session *session, __u64 work_ns, __u64 rest_ns, double per_s)
{
	struct boundby_bpf__bss *controls = session->skel->bss;

	controls->place_work_ns = work_ns;
	controls->place_rest_ns = rest_ns;
	controls->place_tokens = (__u32)(2 * per_s * PLACE_PERIOD_NS / 1e9);
	if (!controls->place_outside || controls->place_hooked)
		return;
	/* where it is refused, those samples stay counted as refused */
	session->skel->links.on_sched_exit =
		bpf_program__attach(session->skel->progs.on_sched_exit);
	controls->place_hooked = session->skel->links.on_sched_exit != NULL;
}

__u64 bpf_session_threads(const struct bpf_session *session)
{
	return session->skel->bss->ledgers_live;
}

static int look_at_all(struct bpf_session *session)
{
	return iterator_run(bpf_link__fd(session->skel->links.pause_threads), NULL, NULL);
}

/*
 * A hook looks first whether it is to do anything, then at the clock. So what was passed over came
 * after the instant that is read before the control is set; and what comes after the one that is
 * read when it is set back is seen.
 */
int bpf_session_pause(struct bpf_session *session, bool on, __u64 *ret_ns)
{
	struct boundby_bpf__bss *controls = session->skel->bss;
	int error = 0;

	if (!session->skel->rodata->cfg_knobs || session->skel->rodata->cfg_calls ||
	    !session->skel->links.pause_threads)
		return -EOPNOTSUPP;
	if (on == (controls->epoch & 1))
		return -EALREADY;
	if (on) {
		bpf_session_burst(session, 0);
		controls->paused_ns = *ret_ns = clock_ns(CLOCK_MONOTONIC);
		__sync_synchronize();
		controls->epoch++;
		session_sleep_until(clock_ns(CLOCK_MONOTONIC) + SETTLE_NS);
		error = look_at_all(session);
		if (!error)
			return 0;
	}
	/* also where not all ledgers could be closed */
	controls->resumed_ns = NOT_YET;
	__sync_synchronize();
	controls->epoch++;
	__sync_synchronize();
	controls->resumed_ns = *ret_ns = clock_ns(CLOCK_MONOTONIC);
	return on ? error : look_at_all(session);
}

/* ---- samples of where loops compute ---------------------------------------------------------- */
int bpf_session_sample_thread(struct bpf_session *session, __u32 tid, __u64 id)
{
	int error;

	if (bpf_program__fd(session->skel->progs.on_cpu_clock) < 0)
		return 0; /* loaded without it, which has been said */
	error = samplers_add(&session->samplers, tid, id);

	/* a busy interval proves nothing unless every return is seen: only in a burst */
	if (error || !(session->skel->rodata->cfg_calls || session->burst_links[0]))
		return error;
	return samplers_start(&session->samplers, session->skel->progs.on_cpu_clock,
			      session->sample_ns);
}

void bpf_session_sample_end(struct bpf_session *session, __u64 id)
{
	samplers_end(&session->samplers, id);
}

#define THIN_EACH_NS 100000000ULL

/* The weight follows what is kept, so that a change does not favour what comes before or after it. */
void bpf_session_thin_samples(struct bpf_session *session, __u64 now)
{
	__u64 elapsed = now - session->samples_ns, seen;
	struct run_counters counters;
	double kept = 1, most = session->samples_per_s * (double)elapsed / 1e9;

	if (!session->clock.count || elapsed < THIN_EACH_NS)
		return;
	bpf_session_counters(session, &counters);
	seen = counters.samples_taken + counters.samples_thinned;
	if (session->samples_ns && (double)(seen - session->samples_seen) > most)
		kept = most / (double)(seen - session->samples_seen);
	session->skel->bss->samples_left_out = (__u32)((1 - kept) * UINT32_MAX);
	session->skel->bss->sample_ns = (__u64)((double)session->clock_ns / kept);
	session->samples_seen = seen;
	session->samples_ns = now;
}

void bpf_session_sample_rate(struct bpf_session *session, double per_s)
{
	session->samples_per_s = per_s;
}

/* ---- bursts ---------------------------------------------------------------------------------- */
static void burst_end(struct bpf_session *session)
{
	struct boundby_bpf__bss *controls = session->skel->bss;
	__u64 now = clock_ns(CLOCK_MONOTONIC);
	int i;

	controls->burst_until_ns = 0;
	if (now < controls->burst_to_ns)
		controls->burst_to_ns = now;
	for (i = 0; i < 2; i++) {
		bpf_link__destroy(session->burst_links[i]);
		session->burst_links[i] = NULL;
	}
	samplers_stop(&session->samplers);
}

int bpf_session_burst(struct bpf_session *session, __u64 length_ns)
{
	struct boundby_bpf__bss *controls = session->skel->bss;
	const struct bpf_program *programs[] = { session->skel->progs.on_sys_exit,
						 session->skel->progs.on_sys_enter };
	__u64 now;
	int i, error;

	if (!session->skel->rodata->cfg_knobs || session->skel->rodata->cfg_calls)
		return -EOPNOTSUPP;
	if (!length_ns) {
		if (session->burst_links[0])
			burst_end(session);
		return 0;
	}
	if (session->burst_links[0] || controls->epoch & 1)
		return -EBUSY;
	for (i = 0; i < 2; i++) {
		session->burst_links[i] = bpf_program__attach(programs[i]);
		if (!session->burst_links[i]) {
			error = -errno;
			burst_end(session);
			return error;
		}
	}
	samplers_start(&session->samplers, session->skel->progs.on_cpu_clock, session->sample_ns);
	now = clock_ns(CLOCK_MONOTONIC);
	/* first an end before its start: no hook may see a burst that spans two */
	controls->burst_to_ns = 0;
	__sync_synchronize();
	controls->burst_from_ns = now;
	__sync_synchronize();
	controls->burst++;
	controls->burst_to_ns = now + length_ns;
	__sync_synchronize();
	controls->burst_until_ns = now + length_ns;
	return 0;
}
