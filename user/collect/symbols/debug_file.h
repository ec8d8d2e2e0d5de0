/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Separate debug files: only those that this host's packages installed, found by build ID. Runs in the helper. */
#ifndef BOUNDBY_COLLECT_SYMBOLS_DEBUG_FILE_H
#define BOUNDBY_COLLECT_SYMBOLS_DEBUG_FILE_H

#include <elfutils/libdwfl.h>

/*
 * Dwfl_Callbacks.find_debuginfo. What a file names (.gnu_debuglink, .gnu_debugaltlink) is never opened: it
 * may be any path, and libdwfl opens it as it is.
 */
int debug_file_find(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		    const char *file_name, const char *link, GElf_Word checksum, char **ret_name);

#endif
