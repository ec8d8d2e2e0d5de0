// SPDX-License-Identifier: GPL-2.0-or-later
/* Options -> command -> exit status. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/options/options.h"
#include "exit_codes.h"
#include "lib/process/core_limit.h"
#include "lib/log.h"

#define COMMAND_RUN_ROW(identifier, name, ...) [COMMAND_##identifier] = cmd_##name,
static int (*const command_functions[NR_COMMANDS])(const struct options *options) = {
	BOUNDBY_COMMANDS(COMMAND_RUN_ROW)
};
#undef COMMAND_RUN_ROW

/*
 * A closed standard fd must not be reused by a map or a ring: it is replaced by a file that cannot
 * be written, so that the report fails as it should.
 */
static void occupy_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

/*
 * Large arrays are given back when they are freed. By default glibc raises this bound to the largest
 * that was ever freed: the tables of a busy second then stay, in pieces, for as long as it runs.
 */
#define ARRAY_BYTES_LARGE 262144

/* A pipe whose reader has gone shows it, whichever of several writes met it. */
static bool reader_is_gone(void)
{
	struct pollfd output = { .fd = STDOUT_FILENO };

	return poll(&output, 1, 0) == 1 && output.revents & POLLERR;
}

/* The status, unless what was printed did not arrive. A command that failed has said why. */
static int finish(int status)
{
	struct err e = { 0 };

	if (status == EXIT_FAILED || status == EXIT_READER_GONE ||
	    (!fflush(stdout) && !ferror(stdout)))
		return status;
	if (reader_is_gone())
		return EXIT_READER_GONE;
	errno = 0;
	err_set_output(&e, "the answer");
	return exit_codes_fail(&e);
}

int main(int argc, char **argv)
{
	struct options options;
	struct err e = { 0 };

	occupy_standard_descriptors();
	core_limit_forbid();
	mallopt(M_MMAP_THRESHOLD, ARRAY_BYTES_LARGE);
	signal(SIGPIPE, SIG_IGN);
	if (options_parse(argc, argv, &options, &e))
		return exit_codes_fail(&e);
	return finish(command_functions[options.command](&options));
}
