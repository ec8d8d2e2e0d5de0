/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks, names and addresses of other users' programs pass through this process: no core file and no
 * other process gets at its memory.
 */
#ifndef BOUNDBY_LIB_CORE_LIMIT_H
#define BOUNDBY_LIB_CORE_LIMIT_H

/* From here on no core file is made and /proc/PID of this process belongs to root. */
void core_limit_forbid(void);

/* In a child that becomes another program: the limit of core files that was found. */
void core_limit_restore(void);

#endif
