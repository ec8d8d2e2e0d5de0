// SPDX-License-Identifier: GPL-2.0-or-later
/* Computes what the watch costs. */
#include "collect/overhead.h"

#include <bpf/bpf.h>
#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "collect/procfs/proc_facts.h"
#include "collect/bpf/stats_cost.h"
#include "lib/units.h"

#define SAMPLE_NS 90000000ULL /* at least so long, give or take a tick ... */
#define SAMPLE_SHARE 10 /* ... for one part in this many of the time, ... */
#define FIRST_NS 450000000ULL /* ... away from the burst of a start */

/* With the helper's, which is a part of us. */
static uint64_t own_cpu_ns(const struct overhead *overhead)
{
	struct rusage now;

	getrusage(RUSAGE_SELF, &now);
	return reader_cpu_ns(overhead->helper) +
	       ((uint64_t)now.ru_utime.tv_sec + (uint64_t)now.ru_stime.tv_sec) * NS_PER_S +
	       ((uint64_t)now.ru_utime.tv_usec + (uint64_t)now.ru_stime.tv_usec) * 1000;
}

void overhead_init(struct overhead *overhead, struct reader *helper)
{
	memset(overhead, 0, sizeof(*overhead));
	overhead->helper = helper;
	overhead->fd = -1;
}

void overhead_begin(struct overhead *overhead)
{
	overhead->stats_ns = stats_cost_measure();
	overhead->cpu_ns = own_cpu_ns(overhead);
}

void overhead_open(struct overhead *overhead, uint64_t window_ns)
{
	overhead->since_ns = window_ns;
}

static void account(struct overhead *overhead, uint64_t now_ns)
{
	struct overhead_part *part = &overhead->parts[overhead->way];

	if (now_ns <= overhead->since_ns)
		return;
	part->length_ns += now_ns - overhead->since_ns;
	part->owed_ns += now_ns - overhead->since_ns;
	overhead->since_ns = now_ns;
}

/* What is owed is paid at the newest rate. */
static void pay(struct overhead *overhead, struct overhead_part *part)
{
	if (!part->sampled_ns)
		return;
	overhead->run_ns += part->rate * (double)part->owed_ns;
	overhead->runs += part->runs * (double)part->owed_ns;
	part->owed_ns = 0;
}

/* Others may have the statistics on too: what they counted before is not of the sample. */
static void sample_begin(struct overhead *overhead, struct bpf_session *session, uint64_t now_ns)
{
	__u64 run_ns, runs;

	overhead->fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	bpf_session_cost(session, &run_ns, &runs);
	overhead->on_ns = now_ns;
	overhead->on_run_ns = run_ns;
	overhead->on_runs = runs;
}

static void sample_end(struct overhead *overhead, struct bpf_session *session, uint64_t now_ns)
{
	struct overhead_part *part = &overhead->parts[overhead->way];
	uint64_t length = now_ns - overhead->on_ns;
	__u64 run_ns, runs;

	bpf_session_cost(session, &run_ns, &runs);
	close(overhead->fd);
	overhead->fd = -1;
	if (now_ns <= overhead->on_ns)
		return;
	part->runs = (double)(runs - overhead->on_runs) / (double)length;
	part->rate = fmax((double)(run_ns - overhead->on_run_ns) / (double)length -
				  part->runs * overhead->stats_ns,
			  0);
	part->sampled_ns += length;
	pay(overhead, part);
}

/* Is it time for a sample of the present way? Bursts are dear and short: of them all is. */
static bool is_due(const struct overhead *overhead)
{
	const struct overhead_part *part = &overhead->parts[overhead->way];

	if (overhead->way == OVERHEAD_BURST)
		return true;
	if (!part->sampled_ns && overhead->way == OVERHEAD_WATCHING)
		return part->length_ns >= FIRST_NS;
	return part->sampled_ns * SAMPLE_SHARE <= part->length_ns;
}

void overhead_step(struct overhead *overhead, struct bpf_session *session, uint64_t now_ns,
		   enum overhead_way way, bool end)
{
	bool enough;

	if (!overhead->since_ns)
		return;
	account(overhead, now_ns);
	enough = way != OVERHEAD_BURST && now_ns >= overhead->on_ns + SAMPLE_NS;
	if (overhead->fd >= 0 && (end || way != overhead->way || enough))
		sample_end(overhead, session, now_ns);
	overhead->way = way;
	if (overhead->fd < 0 && !end && is_due(overhead))
		sample_begin(overhead, session, now_ns);
}

void overhead_read(struct overhead *overhead, uint64_t at_ns, struct record_overhead *ret)
{
	bool known = false;
	int i;

	account(overhead, at_ns);
	for (i = 0; i < NR_OVERHEAD_WAYS; i++) {
		pay(overhead, &overhead->parts[i]);
		known |= overhead->parts[i].sampled_ns != 0;
	}
	ret->bpf_run_ns = known ? (uint64_t)overhead->run_ns : RECORD_UNKNOWN;
	ret->bpf_runs = known ? (uint64_t)overhead->runs : RECORD_UNKNOWN;
	ret->reader_cpu_ns = own_cpu_ns(overhead) - overhead->cpu_ns;
	ret->reader_rss_bytes = proc_self_rss() + reader_rss_bytes(overhead->helper);
}

void overhead_free(struct overhead *overhead)
{
	if (overhead->fd >= 0)
		close(overhead->fd);
	overhead->fd = -1;
}
