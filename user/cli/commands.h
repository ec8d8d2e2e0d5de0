/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One function per command: receives the parsed options, returns the exit status. */
#ifndef BOUNDBY_CLI_COMMANDS_H
#define BOUNDBY_CLI_COMMANDS_H

#include "cli/options.h"

int cmd_attach(const struct options *options);
int cmd_record(const struct options *options);
int cmd_report(const struct options *options);
int cmd_export(const struct options *options);
int cmd_diff(const struct options *options);
int cmd_run(const struct options *options);
int cmd_watch(const struct options *options);
int cmd_check(const struct options *options);
int cmd_explain(const struct options *options);

#endif
