// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Detects a runtime by a unique property: Go by the section that its linker writes, others by the
 * name of the program or of a library. Frameworks show by the files that are mapped.
 */
#include "collect/runtimes/runtime.h"

#include <gelf.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collect/reader/files.h"
#include "collect/symbols/elf_file.h"
#include "lib/frameworks.h"
#include "lib/runtimes.h"

#define GO_SECTION ".go.buildinfo"
#define GO_MAGIC "\xff Go buildinf:"
#define GO_INLINE 2 /* flag, 1.18 on: the version follows as a string with its length */
#define GO_TEXT_AT 32
#define MAPS_MOST 20000 /* lines: a program may have as many mappings as it likes */

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

/* Programs and libraries that are the runtime, or (begins) whose names go on with a version. */
static const struct {
	enum runtime_id id;
	const char *name;
	bool program, begins;
} files[] = {
	{ RUNTIME_NODE, "node", true, false },	  { RUNTIME_NODE, "nodejs", true, false },
	{ RUNTIME_PHP, "php", true, true },	  { RUNTIME_JAVA, "libjvm.so", false, false },
	{ RUNTIME_RUBY, "libruby", false, true }, { RUNTIME_PHP, "libphp", false, true },
};

static bool is_file(size_t row, const char *path, bool program)
{
	const char *slash = strrchr(path, '/');

	if (files[row].program != program || !slash)
		return false;
	return files[row].begins ? !strncmp(slash + 1, files[row].name, strlen(files[row].name)) :
				   !strcmp(slash + 1, files[row].name);
}

static enum runtime_id id_of_file(const char *path, bool program)
{
	size_t row;

	for (row = 0; row < sizeof(files) / sizeof(files[0]); row++)
		if (is_file(row, path, program))
			return files[row].id;
	return RUNTIME_NATIVE;
}

static enum runtime_id id_of_program(pid_t pid)
{
	char path[64], exe[PATH_MAX];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	length = readlink(path, exe, sizeof(exe) - 1);
	if (length <= 0)
		return RUNTIME_NATIVE;
	exe[length] = '\0';
	return id_of_file(exe, true);
}

/* What the mapped files tell: frameworks, and the runtime if it is not known yet. */
static void look_at_maps(pid_t pid, struct runtime *ret)
{
	char path[64], line[PATH_MAX + 128], name[PATH_MAX];
	FILE *maps;
	int lines;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = files_open_proc(path);
	for (lines = 0; maps && lines < MAPS_MOST && fgets(line, sizeof(line), maps); lines++) {
		if (sscanf(line, "%*x-%*x %*4s %*x %*x:%*x %*u %4095[^\n]", name) != 1)
			continue;
		ret->frameworks |= framework_of_module(name);
		if (!ret->id)
			ret->id = id_of_file(name, false);
	}
	if (maps)
		fclose(maps);
}

bool runtime_find(pid_t pid, struct runtime *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!find_in_executable(pid, ret))
		ret->id = id_of_program(pid);
	look_at_maps(pid, ret);
	return ret->id;
}
