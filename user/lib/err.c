// SPDX-License-Identifier: GPL-2.0-or-later
/* Fills struct err with one sentence. */
#include "lib/err.h"

#include <stdarg.h>
#include <stdio.h>

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
