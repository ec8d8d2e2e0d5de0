// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Detects a runtime by a unique property: Go by the section that its linker writes, Java by libjvm,
 * Node by its program's name.
 */
#include "collect/runtimes/runtime.h"

#include <gelf.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collect/reader/files.h"
#include "collect/symbols/elf_file.h"
#include "lib/runtimes.h"

#define GO_SECTION ".go.buildinfo"
#define GO_MAGIC "\xff Go buildinf:"
#define GO_INLINE 2 /* flag, 1.18 on: the version follows as a string with its length */
#define GO_TEXT_AT 32

/* "go1.19.8" behind the magic of the section; "" when it is of an older kind. */
static void go_version(Elf_Data *data, char *ret, size_t size)
{
	const unsigned char *bytes = data ? data->d_buf : NULL;
	size_t length;

	if (!bytes || data->d_size <= GO_TEXT_AT || memcmp(bytes, GO_MAGIC, sizeof(GO_MAGIC) - 1) ||
	    !(bytes[15] & GO_INLINE))
		return;
	length = bytes[GO_TEXT_AT];
	if (length < 3 || length > 64 || GO_TEXT_AT + 1 + length > data->d_size ||
	    memcmp(bytes + GO_TEXT_AT + 1, "go", 2))
		return;
	snprintf(ret, size, "%.*s", (int)(length - 2), bytes + GO_TEXT_AT + 3);
}

static bool find_go(Elf *elf, struct runtime *ret)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	const char *name;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return false;
	while ((section = elf_nextscn(elf, section))) {
		name = gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) :
							NULL;
		if (!name || strcmp(name, GO_SECTION))
			continue;
		ret->id = RUNTIME_GO;
		go_version(elf_getdata(section, NULL), ret->version, sizeof(ret->version));
		return true;
	}
	return false;
}

static bool find_in_executable(pid_t pid, struct runtime *ret)
{
	char path[64];
	bool found;
	Elf *elf;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	fd = files_open_linked(path);
	if (fd < 0)
		return false;
	elf = elf_file_open(fd, false);
	found = elf && find_go(elf, ret);
	elf_end(elf);
	close(fd);
	return found;
}

static bool is_named(const char *path, const char *name)
{
	size_t length = strlen(path), own = strlen(name);

	return length > own && path[length - own - 1] == '/' && !strcmp(path + length - own, name);
}

static bool find_in_maps(pid_t pid, struct runtime *ret)
{
	char path[64], line[PATH_MAX + 128], name[PATH_MAX], exe[PATH_MAX] = "";
	ssize_t length;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	length = readlink(path, exe, sizeof(exe) - 1);
	exe[length > 0 ? length : 0] = '\0';
	if (is_named(exe, "node") || is_named(exe, "nodejs")) {
		ret->id = RUNTIME_NODE;
		return true;
	}
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = files_open_proc(path);
	while (maps && !ret->id && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%*x-%*x %*4s %*x %*x:%*x %*u %4095[^\n]", name) == 1 &&
		    is_named(name, "libjvm.so"))
			ret->id = RUNTIME_JAVA;
	if (maps)
		fclose(maps);
	return ret->id;
}

bool runtime_find(pid_t pid, struct runtime *ret)
{
	memset(ret, 0, sizeof(*ret));
	return find_in_executable(pid, ret) || find_in_maps(pid, ret);
}
