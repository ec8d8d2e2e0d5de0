/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The exit statuses of contract section 1, used by every command and by struct err. */
#ifndef BOUNDBY_EXIT_CODES_H
#define BOUNDBY_EXIT_CODES_H

enum exit_code {
	EXIT_REPORT = 0, /* report made */
	EXIT_FAILED = 1, /* failed while running */
	EXIT_USAGE = 2,
	EXIT_PERMISSION = 3,
	EXIT_KERNEL = 4, /* this kernel cannot */
	EXIT_NO_TARGET = 5, /* not found, or gone before anything was seen */
	EXIT_TOO_LITTLE = 6, /* too little seen to judge; the report is still printed */
	EXIT_FAIL_ON = 10, /* the verdict is one named by --fail-on */
};

#endif
