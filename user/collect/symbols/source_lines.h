/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Source lines of files whose compile units have no table of addresses (.debug_aranges). gcc writes one;
 * clang and rustc do not, and libdw 0.188 then knows no line.
 */
#ifndef BOUNDBY_COLLECT_SYMBOLS_SOURCE_LINES_H
#define BOUNDBY_COLLECT_SYMBOLS_SOURCE_LINES_H

#include <stdbool.h>
#include <elfutils/libdwfl.h>

/* Of the modules of one image. Zeroed before use; freed before the Dwfl of these modules ends. */
struct source_lines {
	struct module_units {
		Dwfl_Module *module;
		Dwarf_Addr bias; /* of the module's addresses to those of its file */
		struct unit_range *ranges; /* by address */
		size_t count;
	} * modules;
	size_t count, capacity;
};

/*
 * The line that the code at the address was made from. False: not known. *ret_file: its path, the
 * module's.
 */
bool source_line_find(struct source_lines *lines, Dwfl_Module *module, Dwarf_Addr address,
		      const char **ret_file, int *ret_line);

void source_lines_free(struct source_lines *lines);

#endif
