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

	if (on && overhead->fd < 0) {
		overhead->fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
		overhead->since_ns = now_ns;
	} else if (!on && overhead->fd >= 0) {
		close(overhead->fd);
		overhead->fd = -1;
		overhead->on_ns += now_ns - overhead->since_ns;
	}
}

void overhead_read(const struct overhead *overhead, struct bpf_session *session, uint64_t at_ns,
		   struct record_overhead *ret)
{
	__u64 run_ns, runs;
	double scale;

	ret->bpf_run_ns = ret->bpf_runs = RECORD_UNKNOWN;
	/* the BPF figures are a sample, scaled to the window; the reader's own are whole */
	if (overhead->on_ns && !bpf_session_cost(session, &run_ns, &runs)) {
		scale = (double)(at_ns - overhead->window_ns) / (double)overhead->on_ns;
		ret->bpf_run_ns = (uint64_t)((double)run_ns * scale);
		ret->bpf_runs = (uint64_t)((double)runs * scale);
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
