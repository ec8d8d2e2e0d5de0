// SPDX-License-Identifier: GPL-2.0-or-later
/* The ways of watching as a table: what the commands ask of the BPF programs. */
#include "collect/host/load_check.h"

#include <string.h>

#define STALL_NS 10000000 /* the default of --stall */
#define EVENTS_NS 1000000 /* the default of --events */

static const struct {
	const char *name;
	struct live_config config;
} ways[] = {
	{ "attach", { .depth = DEPTH_SYSCALLS } },
	{ "attach --depth sched", { .depth = DEPTH_SCHED } },
	{ "attach -a", { .depth = DEPTH_SYSCALLS, .all = true } },
	{ "attach --events", { .depth = DEPTH_SYSCALLS, .events_ns = EVENTS_NS } },
	{ "watch", { .depth = DEPTH_SCHED, .bursts = true, .endless = true } },
	{ "watch -a", { .depth = DEPTH_SCHED, .bursts = true, .endless = true, .all = true } },
};

static void try_way(size_t way, const char *btf, unsigned int verbose, struct load_check *ret)
{
	struct live_config config = ways[way].config;
	struct bpf_loaded loaded;

	config.follow_children = true;
	config.stall_ns = STALL_NS;
	config.clock_ns = config.endless ? CLOCK_NS_OF_A_WATCH : CLOCK_NS;
	config.btf = btf;
	config.verbose = verbose;
	memset(ret, 0, sizeof(*ret));
	ret->name = ways[way].name;
	ret->works = !bpf_load(&config, &loaded, &ret->error);
	if (!ret->works)
		return;
	ret->left_out_count = loaded.left_out_count;
	memcpy(ret->left_out, loaded.left_out, sizeof(ret->left_out));
	ret->cost_count = bpf_load_costs(&loaded, ret->costs, BPF_LOAD_PROGRAMS_MAX);
	bpf_load_free(&loaded);
}

size_t load_check(const char *btf, unsigned int verbose, struct load_check ret[LOAD_CHECKS_MAX])
{
	size_t i, count = sizeof(ways) / sizeof(ways[0]);

	_Static_assert(sizeof(ways) / sizeof(ways[0]) <= LOAD_CHECKS_MAX, "room for each");
	for (i = 0; i < count; i++)
		try_way(i, btf, verbose, &ret[i]);
	return count;
}
