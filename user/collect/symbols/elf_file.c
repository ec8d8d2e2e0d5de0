// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sections are left out by changing their type in libelf's own copy of the headers: to libelf and libdw
 * they have no contents.
 */
#include "collect/symbols/elf_file.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#define DEBUG_MAX (128ULL << 20) /* bytes of all sections that name lines, unpacked */
#define PACKED_SYMBOLS_MAX \
	(1ULL << 20) /* .gnu_debugdata: its unpacked size cannot be known before */

/* What naming a line takes; the others (values, macros, types of variables) may be large. */
static bool is_of_lines(const char *name)
{
	static const char *const parts[] = { "info",	 "abbrev",	"aranges", "line",
					     "line_str", "str",		"ranges",  "rnglists",
					     "addr",	 "str_offsets", "frame" };
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strcmp(name, parts[i]))
			return true;
	return false;
}

static bool is_debug(const char *name)
{
	return !strncmp(name, ".debug_", strlen(".debug_"));
}

/* Bytes that the section takes in memory; UINT64_MAX: that is not known. */
static uint64_t size_in_memory(Elf_Scn *section, const GElf_Shdr *header)
{
	GElf_Chdr packed;

	if (header->sh_flags & SHF_COMPRESSED)
		return gelf_getchdr(section, &packed) ? packed.ch_size : UINT64_MAX;
	return header->sh_size;
}

static void leave_out(Elf_Scn *section, GElf_Shdr *header)
{
	header->sh_type = SHT_NOBITS;
	header->sh_flags &= ~(GElf_Xword)SHF_COMPRESSED;
	gelf_update_shdr(section, header);
}

/* Is the section one to be left out? Adds its size to that of what stays. */
static bool is_unwanted(Elf_Scn *section, const GElf_Shdr *header, const char *name, bool debug,
			uint64_t *sum)
{
	uint64_t size;

	/* .zdebug_*: packed in the way before the flag, which no linker of today does */
	if (!strcmp(name, ".gnu_debugaltlink") || !strncmp(name, ".zdebug_", strlen(".zdebug_")))
		return true;
	if (!strcmp(name, ".gnu_debugdata"))
		return header->sh_size > PACKED_SYMBOLS_MAX;
	if (!is_debug(name))
		return header->sh_flags & SHF_COMPRESSED;
	size = size_in_memory(section, header);
	if (!debug || !is_of_lines(name + strlen(".debug_")) || size > DEBUG_MAX - *sum)
		return true;
	*sum += size;
	return false;
}

/*
 * Without a table of symbols, or with one that it cannot use, libdwfl looks for one by the dynamic segment,
 * and gives names from there that nothing ends.
 */
static void leave_out_dynamic(Elf *elf)
{
	GElf_Phdr segment;
	size_t count, i;

	if (elf_getphdrnum(elf, &count))
		return;
	for (i = 0; i < count && i < INT_MAX; i++)
		if (gelf_getphdr(elf, (int)i, &segment) && segment.p_type == PT_DYNAMIC) {
			segment.p_type = PT_NULL;
			gelf_update_phdr(elf, (int)i, &segment);
		}
}

/* libdwfl holds a name to begin in its table, and takes it to end there: the table's last byte must be 0. */
static bool names_end(Elf *elf, const GElf_Shdr *symbols)
{
	Elf_Data *names = elf_getdata(elf_getscn(elf, symbols->sh_link), NULL);

	return names && names->d_buf && names->d_size &&
	       !((const char *)names->d_buf)[names->d_size - 1];
}

/* Leaves out tables of symbols whose names end nowhere. */
static void bound_symbols(Elf *elf)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section)))
		if (gelf_getshdr(section, &header) &&
		    (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM) &&
		    !names_end(elf, &header))
			leave_out(section, &header);
}

static bool bound_sections(Elf *elf, bool debug)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	const char *name;
	size_t names, count;
	uint64_t sum = 0;

	if (elf_getshdrnum(elf, &count) || count > ELF_SECTIONS_MAX)
		return false;
	leave_out_dynamic(elf);
	if (!count) /* it can have segments alone */
		return true;
	/* libelf would unpack the names to find a name */
	if (elf_getshdrstrndx(elf, &names) || !gelf_getshdr(elf_getscn(elf, names), &header) ||
	    header.sh_flags & SHF_COMPRESSED)
		return false;
	while ((section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &header))
			return false;
		name = elf_strptr(elf, names, header.sh_name);
		if (is_unwanted(section, &header, name ? name : "", debug, &sum))
			leave_out(section, &header);
	}
	if (debug)
		bound_symbols(elf);
	return true;
}

Elf *elf_file_open(int fd, bool debug)
{
	GElf_Ehdr header;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf && elf_kind(elf) == ELF_K_ELF && gelf_getehdr(elf, &header) &&
	    (header.e_type == ET_EXEC || header.e_type == ET_DYN) && bound_sections(elf, debug))
		return elf;
	elf_end(elf);
	return NULL;
}
