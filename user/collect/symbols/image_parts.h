/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an image is made of: private to image.c, code_place.c and unwind.c. */
#ifndef BOUNDBY_COLLECT_SYMBOLS_IMAGE_PARTS_H
#define BOUNDBY_COLLECT_SYMBOLS_IMAGE_PARTS_H

#include <elfutils/libdwfl.h>

#include "collect/symbols/image.h"
#include "collect/symbols/source_lines.h"
#include "trace/record.h"

#define NAME_LEN 64
#define IMAGE_PLACES 1024

/* A line of /proc/PID/maps; neighbours of one file are one. */
struct mapping {
	uint64_t start, end;
	uint64_t offset; /* of start in the file */
	uint64_t device, inode; /* 0: anonymous */
	bool shared;
	char name[NAME_LEN]; /* last part of the path, "" anonymous */
};

/* What an address in the code is called. */
struct code_place {
	Dwarf_Addr pc, lookup; /* of the instruction, and what was looked up: 0 none */
	bool named, library, interpreter;
	char text[237];
	char file[RECORD_FILE_LEN]; /* full path of its source, "" not known */
};

struct image {
	pid_t pid; /* of the process that it is used for now */
	size_t users; /* closed when none is left */
	Dwfl *dwfl; /* NULL until it is needed */
	struct mapping *mappings; /* in the order of their addresses */
	size_t mapping_count;
	const struct stack_copy *stack; /* while unwinding */
	struct jit_map *jit; /* NULL: it wrote none */
	struct source_lines lines;
	struct code_place *places; /* IMAGE_PLACES by hash of the address; NULL: none yet */
	bool attached;
};

/* What lies at the address, NULL nothing. The image's. */
const struct mapping *image_mapping_at(const struct image *image, uint64_t address);

/* Reports the modules to libdwfl, if that was not done yet. False: it cannot be. */
bool image_ready(struct image *image);

/*
 * What the address pc of an image that is ready is called; lookup: pc, or an address before it that
 * is surely of the same function and line. NULL: out of memory. The image's, until the next call.
 */
const struct code_place *image_code_place(struct image *image, Dwarf_Addr pc, Dwarf_Addr lookup);

#endif
