/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a library function says why it failed: it fills this and returns; the command prints once. */
#ifndef BOUNDBY_LIB_ERR_H
#define BOUNDBY_LIB_ERR_H

/* What kind of failure it is; exit_codes.c gives each an exit status. */
enum err_kind {
	ERR_NONE,
	ERR_FAILED,
	ERR_USAGE,
	ERR_PERMISSION,
	ERR_KERNEL, /* this kernel cannot */
	ERR_NO_TARGET, /* not found, or gone before anything was seen */
	ERR_READER_GONE, /* of the pipe that the output goes to */
	ERR_NOT_EXECUTABLE, /* the command that was to be started; there is one, or ... */
	ERR_NOT_FOUND, /* ... none */
	NR_ERR_KINDS
};

struct err {
	enum err_kind kind;
	char text[512]; /* one sentence: what failed, why, what to do; no newline */
};

/*
 * Fills e (which may be NULL) with a formatted sentence. Returns -1, so that a caller may
 * `return err_set(...)`.
 */
int err_set(struct err *e, enum err_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * After writing `what` ("the report") to a stream failed: fills e from errno, and with
 * ERR_READER_GONE where the stream is a pipe without a reader. Returns -1.
 */
int err_set_output(struct err *e, const char *what);

#endif
