/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The exit statuses of commands. */
#ifndef BOUNDBY_EXIT_CODES_H
#define BOUNDBY_EXIT_CODES_H

#include "lib/err.h"

/* X(IDENTIFIER, status, meaning): help and the manual page list them. */
#define BOUNDBY_EXIT_CODES(X)                                                     \
	X(REPORT, 0, "report made")                                               \
	X(FAILED, 1, "failed while running")                                      \
	X(USAGE, 2, "usage")                                                      \
	X(PERMISSION, 3, "not permitted")                                         \
	X(KERNEL, 4, "this kernel cannot")                                        \
	X(NO_TARGET, 5, "target not found, or gone before anything was seen")     \
	X(TOO_LITTLE, 6, "too little seen to judge; the report is still printed") \
	X(FAIL_ON, 10, "the verdict is one named by --fail-on")                   \
	/* of `boundby run`, as shells have them */                               \
	X(NOT_EXECUTABLE, 126, "the command cannot be executed")                  \
	X(NOT_FOUND, 127, "there is no such command")                             \
	/* 128 + SIGPIPE, as of programs that the signal ends */                  \
	X(READER_GONE, 141, "the reader of a pipe ended first, as in `| head`")

#define EXIT_CODE(identifier, status, meaning) EXIT_##identifier = status,
enum exit_code { BOUNDBY_EXIT_CODES(EXIT_CODE) };
#undef EXIT_CODE

/* The status that a failure of this kind ends the program with. */
int exit_codes_of(enum err_kind kind);

/* Prints why a command failed. Returns the status to end with. */
int exit_codes_fail(const struct err *e);

#endif
