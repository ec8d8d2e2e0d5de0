// SPDX-License-Identifier: GPL-2.0-or-later
/* Maps kinds of errors to exit statuses. */
#include "exit_codes.h"

#include "lib/log.h"

int exit_codes_of(enum err_kind kind)
{
	static const int codes[] = {
		[ERR_NONE] = EXIT_REPORT,
		[ERR_FAILED] = EXIT_FAILED,
		[ERR_USAGE] = EXIT_USAGE,
		[ERR_PERMISSION] = EXIT_PERMISSION,
		[ERR_KERNEL] = EXIT_KERNEL,
		[ERR_NO_TARGET] = EXIT_NO_TARGET,
		[ERR_READER_GONE] = EXIT_READER_GONE,
		[ERR_NOT_EXECUTABLE] = EXIT_NOT_EXECUTABLE,
		[ERR_NOT_FOUND] = EXIT_NOT_FOUND,
	};

	_Static_assert(sizeof(codes) / sizeof(codes[0]) == NR_ERR_KINDS, "each kind has a status");
	return codes[kind];
}

int exit_codes_fail(const struct err *e)
{
	log_error(e);
	return exit_codes_of(e->kind);
}
