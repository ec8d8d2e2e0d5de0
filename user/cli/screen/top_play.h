/* SPDX-License-Identifier: GPL-2.0-or-later */
/* boundby top FILE: plays a trace on the live screen. */
#ifndef BOUNDBY_CLI_TOP_PLAY_H
#define BOUNDBY_CLI_TOP_PLAY_H

#include "cli/options/options.h"

/* Gives all rights up, and returns when the user quits. 0, or -1 with e filled. */
int top_play(const struct options *options, struct err *e);

#endif
