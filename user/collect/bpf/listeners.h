/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ports with a listener from before the watch: later ones come from the kernel's hook. Fills the
 * table listener_ports for the given processes.
 */
#ifndef BOUNDBY_COLLECT_BPF_LISTENERS_H
#define BOUNDBY_COLLECT_BPF_LISTENERS_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Adds the listeners of the network namespaces that these processes and boundby itself live in,
 * each namespace asked once.
 */
void listeners_add(int map, const pid_t *pids, size_t count);

/*
 * The same, and removes rows of ports without a listener and of namespaces without any of these
 * processes.
 */
void listeners_renew(int map, const pid_t *pids, size_t count);

#endif
