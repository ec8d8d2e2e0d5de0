/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ports that somebody listens on, from before the watch: those of later come from the kernel's
 * hook. Receives processes; hands rows to the table listener_ports.
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
 * The same, and rows of namespaces that none of these processes lives in are taken out; when the
 * table is nearly full, also rows of ports that nobody listens on any more. Those are kept as long
 * as there is room: connections that were accepted there may outlive the listener.
 */
void listeners_renew(int map, const pid_t *pids, size_t count);

#endif
