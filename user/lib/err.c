// SPDX-License-Identifier: GPL-2.0-or-later
/* Fills struct err with one sentence. */
#include "lib/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *e, enum err_kind kind, const char *format, ...)
{
	va_list args;

	if (!e)
		return -1;
	e->kind = kind;
	va_start(args, format);
	vsnprintf(e->text, sizeof(e->text), format, args);
	va_end(args);
	return -1;
}

int err_set_output(struct err *e, const char *what)
{
	int error = errno ? errno : EIO;

	return err_set(e, error == EPIPE ? ERR_READER_GONE : ERR_FAILED,
		       "cannot write %s: %s; check where the output goes", what, strerror(error));
}
