/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ELF files of a target, that may hold anything: read piece by piece, never mapped (its owner may truncate
 * the file at any time), and with bounds on sections and on what they unpack to. Runs in the helper.
 */
#ifndef BOUNDBY_COLLECT_SYMBOLS_ELF_FILE_H
#define BOUNDBY_COLLECT_SYMBOLS_ELF_FILE_H

#include <gelf.h>
#include <stdbool.h>

#define ELF_SECTIONS_MAX 4096 /* of a linked program: some 40 */

/*
 * The executable or library open at fd, which must stay open for as long as the result; NULL: it is none,
 * or has too many sections. To be closed by elf_end.
 *
 * debug: with what names source lines, if that is of bounded size; false: without. What other files are
 * named in (.gnu_debugaltlink) is left out in any case.
 */
Elf *elf_file_open(int fd, bool debug);

#endif
