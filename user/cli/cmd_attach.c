// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * boundby attach, boundby PID, boundby record: produces one report, or one trace, and returns the
 * exit status.
 */
#include "cli/commands.h"
#include "cli/live_run.h"
#include "collect/host/host_check.h"
#include "exit_codes.h"
#include "lib/log.h"

#define DEFAULT_DURATION_NS 10000000000ULL

/* What both need before they open anything. 0, or -1 with e filled. */
static int prepare(struct options *options, struct live_config *ret, struct err *e)
{
	*ret = live_targets(options);
	if (!options->duration_ns)
		options->duration_ns = DEFAULT_DURATION_NS;
	live_catch_signals(false);
	return host_require(options->btf, e);
}

int cmd_attach(const struct options *given)
{
	struct options options = *given;
	enum verdict_class class = VERDICT_INSUFFICIENT;
	struct live_config config;
	struct err e = { 0 };

	if (prepare(&options, &config, &e) || live_run(&options, &config, stdout, &class, &e))
		return exit_codes_fail(&e);
	if (options.fail_on & 1u << class)
		return EXIT_FAIL_ON;
	return class == VERDICT_INSUFFICIENT ? EXIT_TOO_LITTLE : EXIT_REPORT;
}

int cmd_record(const struct options *given)
{
	struct options options = *given;
	struct live_config config;
	struct err e = { 0 };

	if (prepare(&options, &config, &e) || live_record(&options, &config, &e))
		return exit_codes_fail(&e);
	return EXIT_REPORT;
}
