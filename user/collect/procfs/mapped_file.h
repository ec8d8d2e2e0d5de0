/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files behind mappings of a process: by the mapping itself, which also holds deleted files and
 * those of other mount namespaces; else by path, if that still is the file that was mapped.
 */
#ifndef BOUNDBY_COLLECT_PROCFS_MAPPED_FILE_H
#define BOUNDBY_COLLECT_PROCFS_MAPPED_FILE_H

#define MAPPED_VDSO "[vdso]" /* the kernel's own code in each process */

/* Opens "/proc/PID/map_files/START-END", or MAPPED_VDSO, for reading. Negative: it cannot be had. */
int mapped_file_open(const char *name);

#endif
