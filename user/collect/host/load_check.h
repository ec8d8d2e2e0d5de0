/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads the BPF programs of each way of watching, without attaching them: what works on this host? */
#ifndef BOUNDBY_COLLECT_HOST_LOAD_CHECK_H
#define BOUNDBY_COLLECT_HOST_LOAD_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "collect/bpf/bpf_load.h"
#include "lib/err.h"

/* One way of watching. */
struct load_check {
	const char *name; /* as it is typed, e.g. "attach --depth sched" */
	bool works;
	struct err error; /* why not: the sentence that the command itself would say */
	struct bpf_left_out left_out[BPF_LOAD_LEFT_OUT_MAX]; /* what it does without */
	size_t left_out_count;
	struct bpf_program_cost costs[BPF_LOAD_PROGRAMS_MAX]; /* of its programs */
	size_t cost_count;
};

#define LOAD_CHECKS_MAX 8

/*
 * Tries each. btf: file with the kernel's types, NULL its own; verbose: see struct live_config.
 * Returns how many there are. Takes some tenths of a second of CPU time for each.
 */
size_t load_check(const char *btf, unsigned int verbose, struct load_check ret[LOAD_CHECKS_MAX]);

#endif
