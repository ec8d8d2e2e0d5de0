/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps the kernel's rings from filling up while boundby waits: for its helper, a disk, a pipe. A thread
 * of its own moves their events into memory when they were not taken for a moment. That memory is
 * bounded; at the bound events stay in the rings, where the kernel counts those that do not fit.
 *
 * A thread, and not a look at the rings from the loop that waits for the helper: boundby also waits in
 * places that no loop of its own is in (a slow pipe or disk), and computes for long (a large report).
 */
#ifndef BOUNDBY_COLLECT_BPF_RING_DRAIN_H
#define BOUNDBY_COLLECT_BPF_RING_DRAIN_H

#include <stddef.h>
#include <stdint.h>

struct ring_drain;

/* The thread that takes the events calls it with each; as of libbpf's ring_buffer_sample_fn. */
typedef int ring_drain_found(void *arg, void *data, size_t size);

/*
 * events, stacks: descriptors of the rings, -1: there is none; found: what their events are given to.
 * 0 or negative errno. Stop with ring_drain_stop.
 */
int ring_drain_start(int events, ring_drain_found *on_event, int stacks, ring_drain_found *on_stack,
		     void *arg, struct ring_drain **ret);

/* Ends the thread; what was not taken is dropped. NULL: nothing is done. */
void ring_drain_stop(struct ring_drain *drain);

/* Hands over what has happened so far, in the order of each ring. How many, or negative errno. */
int ring_drain_take(struct ring_drain *drain);

/* Events that there was no memory for. */
uint64_t ring_drain_dropped(struct ring_drain *drain);

#endif
