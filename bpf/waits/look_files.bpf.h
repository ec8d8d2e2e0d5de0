/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Open files as evidence: pending work of sockets, and the two ends of pipes and unix sockets. */
#ifndef BOUNDBY_LOOK_FILES_BPF_H
#define BOUNDBY_LOOK_FILES_BPF_H

#include "maps.bpf.h"

/* Fills pending, taken, flags and port of a target's socket. 1: it is of interest, else 0. */
__u32 socket_pending(__u64 file, struct file_look *ret);

/* The identity of a pipe's or socket's own end, as blocked_other_end() gives it for the writer. */
__u64 blocked_own_end(__u64 file);

/* What a descriptor that is written to leads to: a pipe, or the peer's socket; 0 none. */
__u64 blocked_other_end(__u64 file);

#endif
