/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live source: attaches to the targets on open, waits, takes snapshots, detaches on close. */
#ifndef BOUNDBY_COLLECT_SOURCE_LIVE_H
#define BOUNDBY_COLLECT_SOURCE_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "collect/live_config.h"
#include "trace/source.h"

#define LIVE_TICK_NS 50000000ULL /* how often events are taken and the end is looked for */
#define LIVE_QUIET_TICK_NS 200000000ULL /* the same of a patient one in which nothing happens */

/*
 * Finds the targets, loads and attaches the BPF programs, seeds the ledgers.
 * Returns 0 and the source in *ret, or -1 with e filled (exit code and sentence).
 */
int source_live_open(const struct live_config *config, struct source **ret, struct err *e);

/*
 * What watching has cost so far: run time of the BPF programs, by sample, and our own CPU time; ns
 * since the window opened. False: not known yet.
 */
bool source_live_cost(struct source *source, uint64_t *ret_hooks_ns, uint64_t *ret_own_ns);

/*
 * For a source opened with live_config.bursts; to be called between two records, or on a tick.
 *
 * Keeps only this detail from now on: DETAIL_STACKS, DETAIL_WAKERS, DETAIL_HISTOGRAMS, or DETAIL_ALL.
 */
void source_live_detail(struct source *source, uint32_t keeps);

/* Takes this part, up to 1, of the samples of places that it was opened for, from now on. */
void source_live_places(struct source *source, double part);

/*
 * Stops watching until it is called with false: that time is unobserved, births and ends are not
 * missed. Each call looks at every thread of the host: a microsecond or so for each. 0, or negative
 * errno, and then it watches.
 */
int source_live_pause(struct source *source, bool on);

/*
 * Looks closer, with depth syscalls, from now on for so long, at most 200 ms; ended in the waiting
 * for the next record, and by any pause; 0 ends it now. Returns 0, or -EAGAIN (the last one was
 * too short a while ago: one part in 49 of the time may be spent so), -EBUSY (there is one, or it
 * is paused), or another negative errno.
 */
int source_live_burst(struct source *source, uint64_t length_ns);

#endif
