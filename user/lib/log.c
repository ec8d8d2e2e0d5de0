// SPDX-License-Identifier: GPL-2.0-or-later
/* Prints errors. Receives struct err; hands on the exit status. */
#include "lib/log.h"

#include <stdio.h>

int log_error(const struct err *e)
{
	fprintf(stderr, "boundby: %s\n", e->text);
	return e->exit_code;
}

int log_library(const char *format, va_list args)
{
	return vfprintf(stderr, format, args);
}
