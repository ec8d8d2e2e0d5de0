// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Maps a process for libdwfl: each mapped file is a module, opened by /proc/PID/map_files (which
 * also holds deleted files and those of other mount namespaces), else below /proc/PID/root.
 */
#include "collect/symbols/image.h"

#include <elfutils/libdwfl.h>
#include <libiberty/demangle.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/reader/files.h"
#include "collect/reader/mapped_file.h"
#include "collect/reader/names.h"
#include "collect/symbols/debug_file.h"
#include "collect/symbols/elf_file.h"
#include "collect/symbols/jit_map.h"
#include "lib/index.h"
#include "lib/units.h"
#include "lib/vec.h"
#include "trace/record.h"

#define MODULES_MAX 4096
#define NAME_LEN 64
#define INTERPRETER_LOOP "_PyEval_EvalFrame" /* CPython's, with a suffix by version */

/* A line of /proc/PID/maps; neighbours of one file are one. */
struct mapping {
	uint64_t start, end;
	uint64_t offset; /* of start in the file */
	uint64_t device, inode; /* 0: anonymous */
	bool shared;
	char name[NAME_LEN]; /* last part of the path, "" anonymous */
};

#define PLACES_KEPT 1024

/* What an address in the code is called. */
struct code_place {
	Dwarf_Addr pc, lookup; /* of the instruction, and what was looked up: 0 none */
	bool named, library, interpreter;
	char text[237];
	char file[RECORD_FILE_LEN]; /* full path of its source, "" not known */
};

struct image {
	pid_t pid;
	Dwfl *dwfl; /* NULL until it is needed */
	struct mapping *mappings; /* in the order of their addresses */
	size_t mapping_count;
	const struct stack_copy *stack; /* while unwinding */
	struct jit_map *jit; /* NULL: it wrote none */
	struct code_place *places; /* by hash of the address; NULL: none yet */
	bool attached;
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

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
			 name[0] == '/'		    ? base_name(name) :
			 !strcmp(name, MAPPED_VDSO) ? MAPPED_VDSO :
						      "");
		image->mappings[image->mapping_count++] = next;
	}
	fclose(maps);
	return image->mapping_count ? 0 : -1;
}

static const struct mapping *mapping_at(const struct image *image, uint64_t address)
{
	size_t i;

	for (i = 0; i < image->mapping_count; i++)
		if (address - image->mappings[i].start <
		    image->mappings[i].end - image->mappings[i].start)
			return &image->mappings[i];
	return NULL;
}

/* Called when libdwfl first needs the module's file; name is that of its first mapping. */
static int find_elf(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		    char **file_name, Elf **elf)
{
	int fd;

	(void)module;
	(void)userdata;
	(void)base;
	*file_name = NULL;
	if (!strcmp(name, MAPPED_VDSO)) {
		*elf = mapped_vdso();
		return -1;
	}
	fd = mapped_file_open(name);
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
 * Modules end where the next begins, or with the anonymous memory that follows directly: a
 * program's zeroed variables.
 */
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
			if (!first->inode || next->start != last->end ||
			    !(next->inode ?
				      next->inode == first->inode && next->device == first->device :
				      !next->name[0] && last->inode))
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

static bool dwfl_ready(struct image *image)
{
	return image->dwfl || !report_modules(image);
}

struct image *image_open(pid_t pid)
{
	struct image *image = calloc(1, sizeof(*image));

	if (!image)
		return NULL;
	image->pid = pid;
	if (read_mappings(image)) {
		image_close(image);
		return NULL;
	}
	image->jit = jit_map_read(pid);
	return image;
}

/* Files that are mapped, where; memory without one comes and goes all the time. */
static uint64_t hash_mappings(const struct image *image)
{
	uint64_t hash = 0;
	size_t i;

	for (i = 0; i < image->mapping_count; i++)
		if (image->mappings[i].inode)
			hash = index_hash(&image->mappings[i], offsetof(struct mapping, shared),
					  hash);
	return hash;
}

bool image_refresh(struct image *image)
{
	struct image now = { .pid = image->pid };
	bool same = !read_mappings(&now) && hash_mappings(&now) == hash_mappings(image);

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
	if (!image)
		return;
	if (image->dwfl)
		dwfl_end(image->dwfl);
	jit_map_free(image->jit);
	free(image->places);
	free(image->mappings);
	free(image);
}

bool image_file(const struct image *image, uint64_t address, struct image_file *ret)
{
	const struct mapping *mapping = mapping_at(image, address);

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
	if (!dwfl_ready(image))
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

/* ---- unwinding ----------------------------------------------------------------------------- */
static pid_t next_thread(Dwfl *dwfl, void *arg, void **thread_arg)
{
	struct image *image = arg;

	(void)dwfl;
	if (*thread_arg)
		return 0;
	*thread_arg = image;
	return image->pid;
}

static bool read_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *ret, void *arg)
{
	const struct stack_copy *stack = ((struct image *)arg)->stack;
	uint64_t offset = address - stack->address;

	(void)dwfl;
	if (stack->size < sizeof(*ret) || offset > stack->size - sizeof(*ret))
		return false;
	memcpy(ret, stack->bytes + offset, sizeof(*ret));
	return true;
}

static bool set_registers(Dwfl_Thread *thread, void *arg)
{
	const __u64 *from = ((struct image *)arg)->stack->registers;
	Dwarf_Word registers[32];
	int i;

	for (i = 0; i < 32; i++)
		registers[i] = from[i];
#if defined(__aarch64__)
	dwfl_thread_state_register_pc(thread, from[32]);
	return dwfl_thread_state_registers(thread, 0, 32, registers);
#else
	return dwfl_thread_state_registers(thread, 0, 17, registers);
#endif
}

static const Dwfl_Thread_Callbacks thread_callbacks = {
	.next_thread = next_thread,
	.memory_read = read_memory,
	.set_initial_registers = set_registers,
};

struct frames {
	struct image *image;
	char *text, *where;
	size_t size, where_size, count;
	bool own; /* a frame outside the C library was seen ... */
	bool named; /* ... and one with a name, which is more useful than an address further in */
	const char *python; /* what is to stand where the interpreter runs, NULL none */
	size_t behind; /* end of that in text, 0: not there yet */
};

static void put_line(struct frames *frames, const char *text)
{
	size_t used = strlen(frames->text);

	if (used + strlen(text) + 2 < frames->size)
		sprintf(frames->text + used, "%s%s", used ? "\n" : "", text);
}

static void put_place(struct frames *frames, const struct code_place *place)
{
	char line[sizeof(place->text) + sizeof(place->file) + 1];

	snprintf(line, sizeof(line), "%s%c%s", place->text, STACK_FILE, place->file);
	put_line(frames, line);
}

/* The C++ and Rust manglings; anything else stays what it is. */
static void clean_name(const char *symbol, char *ret, size_t size)
{
	char *plain = cplus_demangle(symbol, DMGL_AUTO | DMGL_ANSI);
	const char *name = plain ? plain : symbol;

	units_printable(name, strnlen(name, size - 1), ret, size);
	free(plain);
}

/*
 * A frame of the interpreter's main loop. The first is where the Python frames stand; what lies
 * between that and the last one is the interpreter calling itself, and not shown.
 */
static bool take_interpreter(struct frames *frames)
{
	if (!frames->python)
		return false;
	if (!frames->behind) {
		put_line(frames, frames->python);
		frames->behind = strlen(frames->text);
		frames->own = frames->named = true;
	}
	frames->text[frames->behind] = '\0';
	return true;
}

/*
 * Where Python's frames could not be read, as in a process that had ended by then, nothing of the
 * interpreter itself is a place of the program. An extension that it calls is one.
 */
static void skip_interpreter(struct frames *frames, const struct code_place *place)
{
	const char *program = strrchr(place->text, '('), *own = strrchr(frames->where, '(');

	if (!own || (program && !strcmp(own, program)))
		frames->where[0] = '\0';
	frames->own = frames->named = true;
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
	const struct mapping *mapping = mapping_at(image, pc);
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
			 (unsigned long)(mapping ? pc - mapping->start + mapping->offset : pc));
	if (line)
		file = dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL);
	ret->file[0] = '\0';
	if (file) {
		units_printable_end(file, ret->file, sizeof(ret->file));
		file = base_name(file);
		units_printable(file, strnlen(file, NAME_LEN - 1), source, sizeof(source));
		snprintf(place, sizeof(place), " at %s:%d", source, number);
	}
	snprintf(ret->text, sizeof(ret->text), "%s%s (%s)", name, place,
		 mapping && mapping->name[0] ? mapping->name :
		 jit			     ? "compiled while running" :
					       "unknown");
	ret->pc = pc;
	ret->lookup = lookup;
	ret->named = function;
	ret->library = is_library(mapping ? mapping->name : "", function);
	ret->interpreter = function &&
			   !strncmp(function, INTERPRETER_LOOP, strlen(INTERPRETER_LOOP));
}

static const struct code_place *place_of(struct image *image, Dwarf_Addr pc, Dwarf_Addr lookup)
{
	uint64_t key = index_hash(&lookup, sizeof(lookup), 0);
	struct code_place *place;

	if (!image->places)
		image->places = calloc(PLACES_KEPT, sizeof(*image->places));
	if (!image->places)
		return NULL;
	place = &image->places[key % PLACES_KEPT];
	if (place->pc != pc || place->lookup != lookup)
		look_up(image, pc, lookup, place);
	return place;
}

static void describe(struct image *image, Dwarf_Addr pc, Dwarf_Addr lookup, struct frames *frames)
{
	const struct code_place *place = place_of(image, pc, lookup);

	if (!place || (place->interpreter && take_interpreter(frames)))
		return;
	put_place(frames, place);
	if (place->interpreter)
		skip_interpreter(frames, place);
	if ((!frames->own || (!frames->named && place->named)) && !place->library) {
		frames->own = true;
		frames->named = place->named;
		snprintf(frames->where, frames->where_size, "%s", place->text);
	}
}

static int on_frame(Dwfl_Frame *frame, void *arg)
{
	struct frames *frames = arg;
	Dwarf_Addr pc;
	bool exact;

	if (!dwfl_frame_pc(frame, &pc, &exact))
		return DWARF_CB_ABORT;
	/* a return address may be the first of the next function, or line */
	describe(frames->image, pc, exact ? pc : pc - 1, frames);
	return ++frames->count < IMAGE_MAX_FRAMES ? DWARF_CB_OK : DWARF_CB_ABORT;
}

void image_unwind(struct image *image, const struct stack_copy *stack, char *frames_text,
		  size_t frames_size, char *where, size_t where_size)
{
	struct frames frames = { .image = image,
				 .text = frames_text,
				 .size = frames_size,
				 .where = where,
				 .where_size = where_size,
				 .python = stack->python && stack->python[0] ? stack->python :
									       NULL };

	frames_text[0] = where[0] = '\0';
	if (stack->size && dwfl_ready(image) &&
	    (image->attached ||
	     dwfl_attach_state(image->dwfl, NULL, image->pid, &thread_callbacks, image))) {
		image->attached = true;
		image->stack = stack;
		dwfl_getthread_frames(image->dwfl, image->pid, on_frame, &frames);
		image->stack = NULL;
	}
	if (!frames.python)
		return;
	if (!frames.behind) { /* the native stack does not reach to the interpreter */
		frames_text[0] = '\0';
		put_line(&frames, frames.python);
	}
	snprintf(where, where_size, "%s", stack->python_where);
}
