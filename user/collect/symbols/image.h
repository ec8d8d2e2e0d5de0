/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The code and data of a living process, by PID: its mappings, the names of addresses, and call
 * chains from a copy of a stack. Reads ELF files that may be hostile, with elfutils.
 */
#ifndef BOUNDBY_COLLECT_SYMBOLS_IMAGE_H
#define BOUNDBY_COLLECT_SYMBOLS_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/types.h>
#include <sys/types.h>

struct image;

/* Of a process as it is mapped now. NULL when it is gone or may not be read. */
struct image *image_open(pid_t pid);
/* Gives up one use of it; with the last one it is gone. */
void image_close(struct image *image);

/*
 * Do these have the same files at the same addresses, and no code of their own? Processes that were
 * forked and did not replace their program do: one image serves them all.
 */
bool image_is_alike(const struct image *image, const struct image *other);

/* The same image, to be closed once more. */
struct image *image_share(struct image *image);

/* What follows is for this process, which the image was opened for or is alike. */
void image_use(struct image *image, pid_t pid);

/*
 * Brings an image up to date. False: the process has other files mapped by now, and the image is
 * of no more use.
 */
bool image_refresh(struct image *image);

/* Identity of memory that several processes can share. */
struct image_file {
	uint64_t device, inode, offset; /* inode 0: private memory */
};

/* What lies at the address. False: nothing is mapped there. */
bool image_file(const struct image *image, uint64_t address, struct image_file *ret);

/* Name of the variable at the address, "" when it has none. */
void image_data_name(struct image *image, uint64_t address, char *ret, size_t size);

struct stack_copy {
	const __u64 *registers; /* by DWARF number, program counter last */
	uint64_t address; /* of bytes: the stack pointer */
	const uint8_t *bytes;
	size_t size;
	const char *runtime; /* frames of its runtime, a line each; NULL or "": none */
	const char *runtime_where; /* the program's own innermost of them, "" none */
};

#define IMAGE_MAX_FRAMES 64

/*
 * The call chain, innermost first, one line each: "function at file.c:12 (program)", without what
 * is not known; the frames of a runtime replace those of the code that runs them. Behind each
 * STACK_FILE and the path. where: the innermost one outside the C library and the runtime. Empty when
 * nothing is known.
 */
void image_unwind(struct image *image, const struct stack_copy *stack, char *frames,
		  size_t frames_size, char *where, size_t where_size);

#endif
