// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of addresses in code: function, source line, file. */
#include <libiberty/demangle.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/reader/mapped_file.h"
#include "collect/symbols/image_parts.h"
#include "collect/symbols/jit_map.h"
#include "lib/index.h"
#include "lib/units.h"

#define INTERPRETER_LOOP "_PyEval_EvalFrame" /* CPython's, with a suffix by version */

/* The C++ and Rust manglings; anything else stays what it is. */
static void clean_name(const char *symbol, char *ret, size_t size)
{
	char *plain = cplus_demangle(symbol, DMGL_AUTO | DMGL_ANSI);
	const char *name = plain ? plain : symbol;

	units_printable(name, strnlen(name, size - 1), ret, size);
	free(plain);
}

/* The C library's own functions bear such names, also in a static binary. */
static bool is_library(const char *module, const char *function)
{
	static const char *const modules[] = { "libc.so", "libc-",     "libpthread", "ld-linux",
					       "ld-musl", "libc.musl", MAPPED_VDSO };
	static const char *const functions[] = {
		"__", "pthread_", "sem_", "mtx_", "cnd_", "syscall"
	};
	size_t i;

	for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		if (!strncmp(module, modules[i], strlen(modules[i])))
			return true;
	for (i = 0; function && i < sizeof(functions) / sizeof(functions[0]); i++)
		if (!strncmp(function, functions[i], strlen(functions[i])))
			return true;
	return false;
}

/* Asks the module: libdw goes through all its symbols for each address. */
static void look_up(struct image *image, Dwarf_Addr pc, Dwarf_Addr lookup, struct code_place *ret)
{
	const struct mapping *mapping = image_mapping_at(image, pc);
	Dwfl_Module *module = dwfl_addrmodule(image->dwfl, lookup);
	const char *function = module ? dwfl_module_addrname(module, lookup) : NULL, *file = NULL;
	Dwfl_Line *line = module ? dwfl_module_getsrc(module, lookup) : NULL;
	const char *jit = function ? NULL : jit_name(image->jit, pc);
	char name[128] = "", place[96] = "", source[NAME_LEN];
	int number = 0;

	if (function)
		clean_name(function, name, sizeof(name));
	else if (jit)
		units_printable(jit, strlen(jit), name, sizeof(name));
	else
		snprintf(name, sizeof(name), "0x%lx",
			 (unsigned long)(mapping && mapping->name[0] ?
						 pc - mapping->start + mapping->offset :
						 pc)); /* of no file it is no offset */
	if (line)
		file = dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL);
	else if (module && !source_line_find(&image->lines, module, lookup, &file, &number))
		file = NULL;
	ret->file[0] = '\0';
	if (file) {
		units_printable_end(file, ret->file, sizeof(ret->file));
		file = basename(file);
		units_printable(file, strnlen(file, NAME_LEN - 1), source, sizeof(source));
		snprintf(place, sizeof(place), " at %s:%d", source, number);
	}
	snprintf(ret->text, sizeof(ret->text), "%s%s (%s)", name, place,
		 mapping && mapping->name[0] ? mapping->name :
		 jit			     ? PLACE_COMPILED :
		 mapping		     ? PLACE_ANONYMOUS :
					       PLACE_UNKNOWN);
	ret->pc = pc;
	ret->lookup = lookup;
	ret->named = function || jit;
	ret->library = is_library(mapping ? mapping->name : "", function);
	ret->interpreter = function &&
			   !strncmp(function, INTERPRETER_LOOP, strlen(INTERPRETER_LOOP));
}

const struct code_place *image_code_place(struct image *image, Dwarf_Addr pc, Dwarf_Addr lookup)
{
	uint64_t key = index_hash(&lookup, sizeof(lookup), 0);
	struct code_place *place;

	if (!image->places)
		image->places = calloc(IMAGE_PLACES, sizeof(*image->places));
	if (!image->places)
		return NULL;
	place = &image->places[key % IMAGE_PLACES];
	if (place->pc != pc || place->lookup != lookup)
		look_up(image, pc, lookup, place);
	return place;
}
