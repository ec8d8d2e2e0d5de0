/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens what belongs to a target. Runs in the helper. Everything is opened without blocking and without
 * becoming a terminal's session; the helper's seccomp filter refuses any other open.
 */
#ifndef BOUNDBY_COLLECT_READER_FILES_H
#define BOUNDBY_COLLECT_READER_FILES_H

#include <stdio.h>
#include <sys/types.h>

/* A file that the kernel makes, below /proc; NULL: it cannot be had. To be closed by fclose. */
FILE *files_open_proc(const char *path);

/*
 * A regular file by a magic link of /proc, such as PID/map_files/START-END or PID/exe. Anything else is
 * not opened at all: opening a device alone may have effects. The fd, or -1.
 */
int files_open_linked(const char *link);

/*
 * A regular file by its path in the root of a process, no part of which may be a symbolic link. The fd,
 * or -1.
 */
int files_open_below_root(pid_t pid, const char *path);

#endif
