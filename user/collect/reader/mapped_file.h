/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files behind mappings of a process: by the mapping itself, which also holds deleted files and
 * those of other mount namespaces; else by path, if that still is the file that was mapped. Runs in the
 * helper.
 */
#ifndef BOUNDBY_COLLECT_READER_MAPPED_FILE_H
#define BOUNDBY_COLLECT_READER_MAPPED_FILE_H

#include <libelf.h>

#define MAPPED_VDSO "[vdso]" /* the kernel's own code in each process */

/* Opens "/proc/PID/map_files/START-END" for reading. Negative: it cannot be had. */
int mapped_file_open(const char *map_path);

/* The vdso: all processes of a host have the same. To be closed by elf_end; NULL: it cannot be had. */
Elf *mapped_vdso(void);

#endif
