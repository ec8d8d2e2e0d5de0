// SPDX-License-Identifier: GPL-2.0-or-later
/* Receives the session and the time; hands on what the watch costs. */
#include "collect/overhead.h"

#include <bpf/bpf.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "collect/proc_facts.h"

#define NS_PER_S 1000000000ULL
#define PERIOD_NS NS_PER_S /* the kernel's BPF statistics cost: they are on for a part ... */
#define ON_NS 100000000ULL /* ... of each period, away from the burst of a start */
#define ON_FROM_NS 450000000ULL

static uint64_t own_cpu_ns(void)
{
	struct rusage now;

	getrusage(RUSAGE_SELF, &now);
	return ((uint64_t)now.ru_utime.tv_sec + (uint64_t)now.ru_stime.tv_sec) * NS_PER_S +
	       ((uint64_t)now.ru_utime.tv_usec + (uint64_t)now.ru_stime.tv_usec) * 1000;
}

void overhead_init(struct overhead *overhead)
{
	memset(overhead, 0, sizeof(*overhead));
	overhead->fd = -1;
}

void overhead_begin(struct overhead *overhead)
{
	overhead->cpu_ns = own_cpu_ns();
}

void overhead_open(struct overhead *overhead, uint64_t window_ns)
{
	overhead->window_ns = window_ns;
}

void overhead_sample(struct overhead *overhead, uint64_t now_ns, bool end)
{
	uint64_t phase = (now_ns - overhead->window_ns) % PERIOD_NS;
	bool on = !end && phase >= ON_FROM_NS && phase < ON_FROM_NS + ON_NS;

	if (overhead->burst_from_ns)
		return;
	if (on && overhead->fd < 0) {
		overhead->fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
		overhead->since_ns = now_ns;
	} else if (!on && overhead->fd >= 0) {
		close(overhead->fd);
		overhead->fd = -1;
		overhead->on_ns += now_ns - overhead->since_ns;
	}
}

void overhead_burst(struct overhead *overhead, struct bpf_session *session, uint64_t now_ns,
		    bool begins)
{
	__u64 run_ns, runs;

	overhead_sample(overhead, now_ns, true);
	if (begins)
		overhead->fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	bpf_session_cost(session, &run_ns, &runs);
	if (begins) {
		overhead->burst_from_ns = now_ns;
		overhead->base_run_ns = run_ns;
		overhead->base_runs = runs;
		return;
	}
	overhead->burst_run_ns += run_ns - overhead->base_run_ns;
	overhead->burst_runs += runs - overhead->base_runs;
	overhead->burst_ns += now_ns - overhead->burst_from_ns;
	overhead->burst_from_ns = 0;
	if (overhead->fd >= 0)
		close(overhead->fd);
	overhead->fd = -1;
}

void overhead_read(const struct overhead *overhead, struct bpf_session *session, uint64_t at_ns,
		   struct record_overhead *ret)
{
	uint64_t bursts_ns = overhead->burst_ns, burst_run_ns = overhead->burst_run_ns;
	uint64_t burst_runs = overhead->burst_runs;
	__u64 run_ns, runs;
	double scale;

	ret->bpf_run_ns = ret->bpf_runs = RECORD_UNKNOWN;
	/* the BPF figures are a sample, scaled to the window; the reader's own are whole */
	if (overhead->on_ns && !bpf_session_cost(session, &run_ns, &runs)) {
		if (overhead->burst_from_ns) {
			bursts_ns += at_ns - overhead->burst_from_ns;
			burst_run_ns += run_ns - overhead->base_run_ns;
			burst_runs += runs - overhead->base_runs;
		}
		scale = (double)(at_ns - overhead->window_ns - bursts_ns) / (double)overhead->on_ns;
		ret->bpf_run_ns =
			(uint64_t)((double)(run_ns - burst_run_ns) * scale) + burst_run_ns;
		ret->bpf_runs = (uint64_t)((double)(runs - burst_runs) * scale) + burst_runs;
	}
	ret->reader_cpu_ns = own_cpu_ns() - overhead->cpu_ns;
	ret->reader_rss_bytes = proc_self_rss();
}

void overhead_free(struct overhead *overhead)
{
	if (overhead->fd >= 0)
		close(overhead->fd);
	overhead->fd = -1;
}
