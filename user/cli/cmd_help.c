// SPDX-License-Identifier: GPL-2.0-or-later
/* boundby help, boundby version, boundby completion: what boundby says of itself. */
#include "cli/commands.h"
#include "cli/help/help.h"
#include "exit_codes.h"

int cmd_help(const struct options *options)
{
	if (options->man)
		manual_print(BOUNDBY_VERSION, stdout);
	else
		help_print(options->topic, stdout);
	return EXIT_REPORT;
}

int cmd_version(const struct options *options)
{
	printf("boundby %s\n", BOUNDBY_VERSION);
	return EXIT_REPORT;
}

int cmd_completion(const struct options *options)
{
	return completion_print(options->rest[0], stdout) ? EXIT_FAILED : EXIT_REPORT;
}
