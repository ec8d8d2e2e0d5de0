/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mount table of a process, which may be one that the process made. Runs in the helper. */
#ifndef BOUNDBY_COLLECT_READER_MOUNTS_H
#define BOUNDBY_COLLECT_READER_MOUNTS_H

#include <stddef.h>
#include <stdint.h>

/* Type of the file system on the device, major << 20 | minor; "" not known. */
void mounts_type(uint32_t pid, uint32_t device, char *ret, size_t size);

#endif
