// SPDX-License-Identifier: GPL-2.0-or-later
/* Options -> command -> exit status. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "exit_codes.h"
#include "lib/log.h"

static const struct {
	const char *name;
	int (*run)(const struct options *options);
} commands[] = {
	{ "attach", cmd_attach }, { "run", cmd_run },	    { "record", cmd_record },
	{ "watch", cmd_watch },	  { "report", cmd_report }, { "diff", cmd_diff },
	{ "export", cmd_export }, { "check", cmd_check },   { "explain", cmd_explain },
};

/*
 * A closed standard descriptor must not be taken by a map or a ring: it is given a file that
 * cannot be written, so that the report fails as it should.
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

static int finish(int status)
{
	struct err e = { 0 };

	if (!fflush(stdout))
		return status;
	err_set(&e, EXIT_FAILED, "cannot write the answer; check where the output goes");
	return log_error(&e);
}

int main(int argc, char **argv)
{
	struct options options;
	struct err e = { 0 };
	size_t i;

	occupy_standard_descriptors();
	signal(SIGPIPE, SIG_IGN);
	if (options_parse(argc, argv, &options, &e))
		return log_error(&e);
	if (!strcmp(options.command, "help")) {
		options_help(stdout);
		return finish(EXIT_REPORT);
	}
	if (!strcmp(options.command, "version")) {
		printf("boundby %s\n", BOUNDBY_VERSION);
		return finish(EXIT_REPORT);
	}
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(options.command, commands[i].name))
			return commands[i].run(&options);
	return EXIT_FAILED;
}
