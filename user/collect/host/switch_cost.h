/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cost of one context switch on this host, in ns: measured once per boot by a ping-pong of two
 * threads or processes on one CPU, and kept in a file.
 */
#ifndef BOUNDBY_COLLECT_HOST_SWITCH_COST_H
#define BOUNDBY_COLLECT_HOST_SWITCH_COST_H

#include <stdint.h>

struct switch_cost {
	uint64_t same_ns; /* to a thread of the same process */
	uint64_t other_ns; /* to a thread of another process: another address space */
};

/* The kept figures of this boot. 0, or -1 when there are none that can be trusted. */
int switch_cost_kept(struct switch_cost *ret);

/*
 * Measures (about 0.1 s on one CPU that this process may use) and keeps the figures where it may
 * write: /run/boundby for root, $XDG_RUNTIME_DIR for others. Must not run while hooks are attached.
 * 0, or -1 when it cannot be measured.
 */
int switch_cost_measure(struct switch_cost *ret);

#endif
