// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Maps a process for libdwfl: each mapped file is a module, opened by /proc/PID/map_files (which
 * also holds deleted files and those of other mount namespaces), else below /proc/PID/root.
 */
#include "collect/symbols/image_parts.h"

#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/reader/files.h"
#include "collect/reader/mapped_file.h"
#include "collect/symbols/debug_file.h"
#include "collect/symbols/elf_file.h"
#include "collect/symbols/jit_map.h"
#include "lib/units.h"
#include "lib/vec.h"

#define MODULES_MAX 4096
#define GAP_MAX (2U << 20) /* the largest pages that linkers align segments to */

static int read_mappings(struct image *image)
{
	char path[64], line[PATH_MAX + 128], mode[5], name[PATH_MAX];
	unsigned int major, minor;
	size_t capacity = 0;
	struct mapping *mapping;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)image->pid);
	maps = files_open_proc(path);
	if (!maps)
		return -1;
	while (image->mapping_count < MODULES_MAX && fgets(line, sizeof(line), maps)) {
		struct mapping next = { 0 };

		name[0] = '\0';
		if (sscanf(line, "%lx-%lx %4s %lx %x:%x %lu %4095[^\n]", &next.start, &next.end,
			   mode, &next.offset, &major, &minor, &next.inode, name) < 7 ||
		    vec_reserve((void **)&image->mappings, &capacity, image->mapping_count,
				sizeof(*mapping)))
			continue;
		next.device = (uint64_t)major << 32 | minor;
		next.shared = mode[3] == 's';
		snprintf(next.name, sizeof(next.name), "%.*s", NAME_LEN - 1,
			 name[0] == '/'		    ? basename(name) :
			 !strcmp(name, MAPPED_VDSO) ? MAPPED_VDSO :
						      "");
		image->mappings[image->mapping_count++] = next;
	}
	fclose(maps);
	return image->mapping_count ? 0 : -1;
}

const struct mapping *image_mapping_at(const struct image *image, uint64_t address)
{
	size_t i;

	for (i = 0; i < image->mapping_count; i++)
		if (address - image->mappings[i].start <
		    image->mappings[i].end - image->mappings[i].start)
			return &image->mappings[i];
	return NULL;
}

static pid_t asking; /* the process whose files libdwfl may open; the helper has one thread */

/* Called when libdwfl first needs the module's file; name ends with the range of its first mapping. */
static int find_elf(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		    char **file_name, Elf **elf)
{
	const char *range = strrchr(name, '/');
	char path[96];
	int fd;

	(void)module;
	(void)userdata;
	(void)base;
	*file_name = NULL;
	if (!strcmp(name, MAPPED_VDSO)) {
		*elf = mapped_vdso();
		return -1;
	}
	/* the one that the module was reported for may have ended: any that has it mapped will do */
	snprintf(path, sizeof(path), "/proc/%d/map_files%s", (int)asking, range ? range : "/");
	fd = mapped_file_open(path);
	*elf = fd >= 0 ? elf_file_open(fd, true) : NULL;
	if (fd >= 0 && !*elf) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = find_elf,
	.find_debuginfo = debug_file_find,
};

/*
 * Is next of the same module as what begins with first and ends with last so far? A file's later segments
 * follow in the order of their offsets, after a gap where the file is made for larger pages than the
 * kernel has (arm64: 64 kB) or its linker leaves one (Node's). Anonymous memory that follows directly is a
 * program's zeroed variables.
 */
static bool goes_on(const struct mapping *first, const struct mapping *last,
		    const struct mapping *next)
{
	if (!first->inode)
		return false;
	if (!next->inode)
		return next->start == last->end && !next->name[0] && last->inode;
	return next->inode == first->inode && next->device == first->device &&
	       (next->start == last->end ||
		(last->inode && next->offset > last->offset && next->start - last->end <= GAP_MAX));
}

/* Reports each file once, with all its segments. */
static int report_modules(struct image *image)
{
	const struct mapping *first, *last, *next;
	char path[96];
	size_t i, j;

	image->dwfl = dwfl_begin(&callbacks);
	if (!image->dwfl)
		return -1;
	dwfl_report_begin(image->dwfl);
	for (i = 0; i < image->mapping_count; i = j) {
		first = last = &image->mappings[i];
		for (j = i + 1; j < image->mapping_count; j++) {
			next = &image->mappings[j];
			if (!goes_on(first, last, next))
				break;
			last = next;
		}
		if (!strcmp(first->name, MAPPED_VDSO))
			dwfl_report_module(image->dwfl, MAPPED_VDSO, first->start, first->end);
		if (!first->inode || first->shared || first->offset)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/map_files/%lx-%lx", (int)image->pid,
			 first->start, first->end);
		dwfl_report_module(image->dwfl, path, first->start, last->end);
	}
	return dwfl_report_end(image->dwfl, NULL, NULL);
}

bool image_ready(struct image *image)
{
	asking = image->pid;
	return image->dwfl || !report_modules(image);
}

struct image *image_open(pid_t pid)
{
	struct image *image = calloc(1, sizeof(*image));

	if (!image)
		return NULL;
	image->pid = pid;
	image->users = 1;
	if (read_mappings(image)) {
		image_close(image);
		return NULL;
	}
	image->jit = jit_map_read(pid);
	return image;
}

/* The first of what stays where it is, from i on: mapped files and the vDSO. NULL: none is left. */
static const struct mapping *lasting_from(const struct image *image, size_t *i)
{
	for (; *i < image->mapping_count; (*i)++)
		if (image->mappings[*i].inode || !strcmp(image->mappings[*i].name, MAPPED_VDSO))
			return &image->mappings[(*i)++];
	return NULL;
}

/* Compared whole, not by a hash: a target could choose its addresses so that its hash is another's. */
static bool same_files(const struct image *image, const struct image *other)
{
	const struct mapping *one, *two;
	size_t i = 0, j = 0;

	do {
		one = lasting_from(image, &i);
		two = lasting_from(other, &j);
		if (!one || !two)
			return one == two;
	} while (!memcmp(one, two, offsetof(struct mapping, shared)));
	return false;
}

bool image_is_alike(const struct image *image, const struct image *other)
{
	return !image->jit && !other->jit && same_files(image, other);
}

struct image *image_share(struct image *image)
{
	image->users++;
	return image;
}

void image_use(struct image *image, pid_t pid)
{
	image->pid = pid;
}

bool image_refresh(struct image *image)
{
	struct image now = { .pid = image->pid };
	bool same = !read_mappings(&now) && same_files(&now, image);

	free(now.mappings);
	if (same && image->jit) {
		jit_map_free(image->jit);
		image->jit = jit_map_read(image->pid);
		free(image->places); /* code of that kind moves */
		image->places = NULL;
	}
	return same;
}

void image_close(struct image *image)
{
	if (!image || --image->users)
		return;
	source_lines_free(&image->lines);
	if (image->dwfl)
		dwfl_end(image->dwfl);
	jit_map_free(image->jit);
	free(image->places);
	free(image->mappings);
	free(image);
}

bool image_file(const struct image *image, uint64_t address, struct image_file *ret)
{
	const struct mapping *mapping = image_mapping_at(image, address);

	memset(ret, 0, sizeof(*ret));
	if (!mapping)
		return false;
	if (mapping->shared && mapping->inode) {
		ret->device = mapping->device;
		ret->inode = mapping->inode;
		ret->offset = mapping->offset + (address - mapping->start);
	}
	return true;
}

void image_data_name(struct image *image, uint64_t address, char *ret, size_t size)
{
	Dwfl_Module *module;
	GElf_Off offset;
	const char *name;
	GElf_Sym symbol;
	char clean[NAME_LEN];

	ret[0] = '\0';
	if (!image_ready(image))
		return;
	module = dwfl_addrmodule(image->dwfl, address);
	name = module ? dwfl_module_addrinfo(module, address, &offset, &symbol, NULL, NULL, NULL) :
			NULL;
	/* no more than the variable itself: the nearest before may be far away */
	if (!name || GELF_ST_TYPE(symbol.st_info) != STT_OBJECT || offset >= symbol.st_size)
		return;
	units_printable(name, strlen(name), clean, sizeof(clean));
	if (offset)
		snprintf(ret, size, "%s+%lu", clean, (unsigned long)offset);
	else
		snprintf(ret, size, "%s", clean);
}
