// SPDX-License-Identifier: GPL-2.0-or-later
/* Fills struct err with one sentence. */
#include "lib/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "exit_codes.h"

int err_set(struct err *e, int exit_code, const char *format, ...)
{
	va_list args;

	if (!e)
		return -1;
	e->exit_code = exit_code;
	va_start(args, format);
	vsnprintf(e->text, sizeof(e->text), format, args);
	va_end(args);
	return -1;
}

int err_set_output(struct err *e, const char *what)
{
	int error = errno ? errno : EIO;

	return err_set(e, error == EPIPE ? EXIT_READER_GONE : EXIT_FAILED,
		       "cannot write %s: %s; check where the output goes", what, strerror(error));
}
