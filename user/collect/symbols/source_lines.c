// SPDX-License-Identifier: GPL-2.0-or-later
/* The address ranges of a module's compile units are read once, when a line is first asked for. */
#include "collect/symbols/source_lines.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"

/* Both are bounds against files that are made to cost; clang itself has some 3,000 units. */
#define UNITS_MAX 16384
#define RANGES_MAX 262144

struct unit_range {
	Dwarf_Addr from, to;
	Dwarf_Die *unit; /* the module's */
};

static int compare_ranges(const void *a, const void *b)
{
	const struct unit_range *one = a, *other = b;

	return (one->from > other->from) - (one->from < other->from);
}

static void add_unit(struct module_units *units, size_t *capacity, Dwarf_Die *unit)
{
	Dwarf_Addr base, from, to;
	ptrdiff_t next = 0;

	while (units->count < RANGES_MAX &&
	       (next = dwarf_ranges(unit, next, &base, &from, &to)) > 0)
		if (from < to && !vec_reserve((void **)&units->ranges, capacity, units->count,
					      sizeof(*units->ranges)))
			units->ranges[units->count++] = (struct unit_range){ from, to, unit };
}

static void read_units(struct module_units *units)
{
	size_t capacity = 0, i;
	Dwarf_Die *unit = NULL;

	for (i = 0; i < UNITS_MAX; i++) {
		unit = dwfl_module_nextcu(units->module, unit, &units->bias);
		if (!unit)
			break;
		add_unit(units, &capacity, unit);
	}
	if (units->count)
		qsort(units->ranges, units->count, sizeof(*units->ranges), compare_ranges);
}

/* NULL: out of memory. */
static const struct module_units *units_of(struct source_lines *lines, Dwfl_Module *module)
{
	struct module_units *units;
	size_t i;

	for (i = 0; i < lines->count; i++)
		if (lines->modules[i].module == module)
			return &lines->modules[i];
	if (vec_reserve((void **)&lines->modules, &lines->capacity, lines->count,
			sizeof(*lines->modules)))
		return NULL;
	units = &lines->modules[lines->count++];
	*units = (struct module_units){ .module = module };
	read_units(units);
	return units;
}

/* The last range that begins at or before the address, if the address is in it. */
static const struct unit_range *range_at(const struct module_units *units, Dwarf_Addr address)
{
	size_t low = 0, high = units->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (units->ranges[middle].from <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && address < units->ranges[low - 1].to ? &units->ranges[low - 1] : NULL;
}

bool source_line_find(struct source_lines *lines, Dwfl_Module *module, Dwarf_Addr address,
		      const char **ret_file, int *ret_line)
{
	const struct module_units *units = units_of(lines, module);
	const struct unit_range *range = units ? range_at(units, address - units->bias) : NULL;
	Dwarf_Line *line = range ? dwarf_getsrc_die(range->unit, address - units->bias) : NULL;

	if (!line || dwarf_lineno(line, ret_line))
		return false;
	*ret_file = dwarf_linesrc(line, NULL, NULL);
	return *ret_file;
}

void source_lines_free(struct source_lines *lines)
{
	size_t i;

	for (i = 0; i < lines->count; i++)
		free(lines->modules[i].ranges);
	free(lines->modules);
	memset(lines, 0, sizeof(*lines));
}
