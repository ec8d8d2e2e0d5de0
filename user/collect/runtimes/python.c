// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds CPython in a process: the mapped file that defines _PyRuntime, its version, and in memory
 * the structs _gil_runtime_state. Offsets are those of CPython's own headers for each version,
 * confirmed on ten builds; from 3.13 on the runtime publishes its own.
 */
#include "collect/runtimes/python.h"

#include <gelf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/reader/files.h"
#include "collect/reader/mapped_file.h"
#include "collect/reader/memory.h"
#include "collect/runtimes/python_layout.h"
#include "collect/symbols/elf_file.h"

#define INTERPRETERS_MAX 16 /* visited; the rest of a list that never ends is left */
#define DEBUG_COOKIE "xdebugpy" /* _Py_DebugOffsets, 3.13 on: the first member of _PyRuntime */
#define DEBUG_HEAD_AT 40 /* where it publishes the place of interpreters.head */
#define INTERVAL_MAX_US 10000000 /* sys.setswitchinterval beyond this is none */
#define SYMBOL_SCAN_MAX 2000000 /* of all sections */

/* struct _gil_runtime_state; pthread types are larger on arm64. */
#define GIL_LOCKED 16
#define GIL_COND 32
#if defined(__aarch64__)
#define GIL_SWITCH_COND 128
#define GIL_END 224
#else
#define GIL_SWITCH_COND 120
#define GIL_END 208
#endif

struct python_file {
	uint64_t runtime; /* value of _PyRuntime, 0 none */
	uint64_t version; /* value of Py_Version, 0 none (before 3.11) */
	uint64_t base; /* address that the file's start is linked at; ET_EXEC: unused */
	bool fixed; /* ET_EXEC: symbols are addresses */
};

static void scan_symbols(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, size_t *scanned,
			 struct python_file *ret)
{
	size_t count = header->sh_entsize ? header->sh_size / header->sh_entsize : 0, i;
	Elf_Data *data = count && *scanned < SYMBOL_SCAN_MAX ? elf_getdata(section, NULL) : NULL;
	const char *name;
	GElf_Sym symbol;

	for (i = 0;
	     data && i < count && *scanned < SYMBOL_SCAN_MAX && !(ret->runtime && ret->version);
	     i++) {
		++*scanned;
		if (!gelf_getsym(data, (int)i, &symbol))
			break;
		if (symbol.st_shndx == SHN_UNDEF)
			continue;
		name = elf_strptr(elf, header->sh_link, symbol.st_name);
		if (!name || (name[0] != '_' && name[0] != 'P'))
			continue;
		if (!strcmp(name, "_PyRuntime"))
			ret->runtime = symbol.st_value;
		else if (!strcmp(name, "Py_Version"))
			ret->version = symbol.st_value;
	}
}

static void scan_sections(Elf *elf, GElf_Word type, struct python_file *ret)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	size_t scanned = 0;

	while ((section = elf_nextscn(elf, section)))
		if (gelf_getshdr(section, &header) && header.sh_type == type)
			scan_symbols(elf, section, &header, &scanned, ret);
}

/* True when the file defines _PyRuntime. */
static bool read_file(int fd, struct python_file *ret)
{
	GElf_Ehdr header;
	GElf_Phdr segment;
	size_t count, i;
	Elf *elf;

	memset(ret, 0, sizeof(*ret));
	elf = elf_file_open(fd, false);
	if (elf && gelf_getclass(elf) == ELFCLASS64 && gelf_getehdr(elf, &header) &&
	    !elf_getphdrnum(elf, &count)) {
		ret->fixed = header.e_type == ET_EXEC;
		for (i = 0; i < count && i < INT_MAX; i++)
			if (gelf_getphdr(elf, (int)i, &segment) && segment.p_type == PT_LOAD) {
				ret->base = segment.p_vaddr - segment.p_offset;
				break;
			}
		scan_sections(elf, SHT_DYNSYM, ret);
		if (!ret->runtime)
			scan_sections(elf, SHT_SYMTAB, ret);
	}
	elf_end(elf);
	return ret->runtime;
}

/* "libpython3.8.so.1.0" or "python3.8": 8; 0 when the name has no version. */
static unsigned int minor_of_name(const char *path)
{
	const char *name = strrchr(path, '/'), *digits = strstr(name ? name : path, "python3.");
	unsigned long minor = digits ? strtoul(digits + strlen("python3."), NULL, 10) : 0;

	return minor < 100 ? (unsigned int)minor : 0;
}

static bool is_gil(pid_t pid, uint64_t gil)
{
	uint64_t interval = memory_word(pid, gil);
	int locked = -2;

	return interval && interval <= INTERVAL_MAX_US &&
	       memory_read(pid, gil + GIL_LOCKED, &locked, sizeof(locked)) && locked >= 0 &&
	       locked <= 1;
}

static void add_gil(pid_t pid, uint64_t gil, struct interpreter_locks *locks)
{
	int i;

	if (!gil || !is_gil(pid, gil))
		return;
	for (i = 0; i < WIRE_GILS_MAX && locks->start[i]; i++)
		if (locks->start[i] == gil)
			return; /* sub-interpreters may share it */
	if (i < WIRE_GILS_MAX)
		locks->start[i] = gil;
}

/* 3.12 on: each interpreter points to its GIL. */
static void find_gils(pid_t pid, uint64_t runtime, struct python *python)
{
	static const unsigned int next_of[] = { [12] = 0, [13] = 7264, [14] = 7272, [15] = 7264 };
	unsigned int head = 40, gil_at = 384, next, i;
	char cookie[8];
	uint64_t interpreter;

	if (python->minor >= 13) {
		if (!memory_read(pid, runtime, cookie, sizeof(cookie)) ||
		    memcmp(cookie, DEBUG_COOKIE, sizeof(cookie)))
			return;
		python->free_threaded = memory_word(pid, runtime + 16);
		if (python->free_threaded)
			return;
		head = (unsigned int)memory_word(pid, runtime + DEBUG_HEAD_AT);
		gil_at = 16;
	}
	next = python->minor < sizeof(next_of) / sizeof(next_of[0]) ? next_of[python->minor] :
								      UINT_MAX;
	interpreter = memory_word(pid, runtime + head);
	for (i = 0; i < INTERPRETERS_MAX && interpreter; i++) {
		add_gil(pid, memory_word(pid, interpreter + gil_at), &python->locks);
		if (next == UINT_MAX)
			break;
		interpreter = memory_word(pid, interpreter + next);
	}
}

/* The struct lies in _PyRuntime itself up to 3.11. */
static void find_locks(pid_t pid, uint64_t runtime, struct python *python)
{
	python->locks.first = GIL_COND;
	python->locks.handover = GIL_SWITCH_COND;
	python->locks.end = GIL_END;
	python->locks.parking = python->minor >= 13;
	if (python->minor == 8)
		add_gil(pid, runtime + 1152, &python->locks);
	else if (python->minor == 9 || python->minor == 10)
		add_gil(pid, runtime + 352, &python->locks);
	else if (python->minor == 11)
		add_gil(pid, runtime + 360, &python->locks);
	else if (python->minor >= 12)
		find_gils(pid, runtime, python);
}

static bool is_candidate(const char *path, const char *exe)
{
	const char *name = strrchr(path, '/');

	return !strcmp(path, exe) || (name && strstr(name, "libpython3"));
}

bool python_find(pid_t pid, struct python *ret)
{
	char path[64], line[PATH_MAX + 128], exe[PATH_MAX] = "", last[PATH_MAX] = "",
					     name[PATH_MAX];
	unsigned int version = 0;
	unsigned long start, end, offset;
	struct python_file file;
	bool found = false;
	uint64_t bias;
	ssize_t length;
	FILE *maps;
	int fd;

	memset(ret, 0, sizeof(*ret));
	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	length = readlink(path, exe, sizeof(exe) - 1);
	exe[length > 0 ? length : 0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = files_open_proc(path);
	if (!maps)
		return false;
	while (!found && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %*4s %lx %*x:%*x %*u %4095[^\n]", &start, &end, &offset,
			   name) != 4 ||
		    name[0] != '/' || offset || !strcmp(name, last) || !is_candidate(name, exe))
			continue;
		snprintf(last, sizeof(last), "%s", name);
		snprintf(path, sizeof(path), "/proc/%d/map_files/%lx-%lx", (int)pid, start, end);
		fd = mapped_file_open(path);
		if (fd < 0)
			continue;
		found = read_file(fd, &file);
		close(fd);
	}
	fclose(maps);
	if (!found)
		return false;
	bias = file.fixed ? 0 : start - file.base;
	if (file.version && memory_read(pid, bias + file.version, &version, sizeof(version)) &&
	    version >> 24 == 3) {
		ret->minor = version >> 16 & 0xff;
		snprintf(ret->version, sizeof(ret->version), "3.%u.%u", ret->minor,
			 version >> 8 & 0xff);
	} else {
		ret->minor = minor_of_name(last);
		if (ret->minor)
			snprintf(ret->version, sizeof(ret->version), "3.%u", ret->minor);
	}
	find_locks(pid, bias + file.runtime, ret);
	ret->layout_known = !ret->free_threaded &&
			    python_layout_find(pid, bias + file.runtime, ret->minor, &ret->layout);
	return true;
}
