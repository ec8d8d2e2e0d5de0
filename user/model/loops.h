/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Event loops: which threads are, how long they were blocked, and the stalls. */
#ifndef BOUNDBY_MODEL_LOOPS_H
#define BOUNDBY_MODEL_LOOPS_H

#include "model/builder.h"

/* Fills loops and stalls of the model's processes. 0 or -ENOMEM. */
int build_loops(struct builder *builder);

#endif
