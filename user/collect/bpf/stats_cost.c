// SPDX-License-Identifier: GPL-2.0-or-later
/* Measures what the BPF statistics report for a program that returns at once. */
#include "collect/bpf/stats_cost.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

#define TRIES 5 /* the minimum: an interrupted run takes longer */
#define RUNS 2000
#define PACKET_LEN 64 /* a test run wants one, of a length that Ethernet has */

/* Of one try; 0 not known. */
static double try_once(int program)
{
	unsigned char packet[PACKET_LEN] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = RUNS);
	struct bpf_prog_info before = { 0 }, after = { 0 };
	__u32 size = sizeof(before);

	if (bpf_obj_get_info_by_fd(program, &before, &size) ||
	    bpf_prog_test_run_opts(program, &run))
		return 0;
	size = sizeof(after);
	if (bpf_obj_get_info_by_fd(program, &after, &size) || after.run_cnt <= before.run_cnt)
		return 0;
	return (double)(after.run_time_ns - before.run_time_ns) /
	       (double)(after.run_cnt - before.run_cnt);
}

double stats_cost_measure(void)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int program, statistics, i;
	double ns, least = 0;

	program = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "nothing", "GPL", nothing,
				sizeof(nothing) / sizeof(nothing[0]), NULL);
	if (program < 0)
		return 0;
	statistics = bpf_enable_stats(BPF_STATS_RUN_TIME);
	for (i = 0; i < TRIES && statistics >= 0; i++) {
		ns = try_once(program);
		if (ns > 0 && (!(least > 0) || ns < least))
			least = ns;
	}
	if (statistics >= 0)
		close(statistics);
	close(program);
	return least;
}
