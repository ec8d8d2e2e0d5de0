/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens, configures and loads the BPF programs that a way of watching needs; attaches nothing. What a
 * kernel lacks is found by asking it, never by its version, and costs only what depends on it.
 */
#ifndef BOUNDBY_COLLECT_BPF_BPF_LOAD_H
#define BOUNDBY_COLLECT_BPF_BPF_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "collect/live_config.h"
#include "lib/err.h"
#include "states.h"

#define BPF_LOAD_LEFT_OUT_MAX 8
#define BPF_LOAD_PROGRAMS_MAX 48

struct boundby_bpf;

/* A program that the kernel does not have a hook for, or that its verifier refused. */
struct bpf_left_out {
	char program[32];
	enum optional_part part;
	const char *loses; /* what is not measured without it */
	char reason[160];
};

struct bpf_loaded {
	struct boundby_bpf *skel;
	struct bpf_left_out left_out[BPF_LOAD_LEFT_OUT_MAX];
	size_t left_out_count;
};

/* 0, or -1 with e filled, which names the program that was refused, and why. */
int bpf_load(const struct live_config *config, struct bpf_loaded *ret, struct err *e);

/* Notes that a program is done without, and why. False: it is needed, or there are too many. */
bool bpf_load_leave_out(const struct live_config *config, struct bpf_loaded *loaded,
			const char *program, const char *reason);

/* Instructions that the verifier followed in one program, as the kernel counts them. */
struct bpf_program_cost {
	char program[32];
	unsigned int instructions;
};

/* Of each program that is loaded. Returns how many there are, at most max; 5.16 on, before it none. */
size_t bpf_load_costs(const struct bpf_loaded *loaded, struct bpf_program_cost *ret, size_t max);

void bpf_load_free(struct bpf_loaded *loaded);

/* The sentence for an error of bpf(2) that is no refusal of a program. Returns -1. */
int bpf_load_error(int error, struct err *e);

#endif
