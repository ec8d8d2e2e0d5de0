/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A source that quantizes intermediate snapshots (quantize.h) of another source. */
#ifndef BOUNDBY_TRACE_SOURCE_QUANTIZE_H
#define BOUNDBY_TRACE_SOURCE_QUANTIZE_H

#include "trace/source.h"

/* Takes the other source over, closed with this one, or at an error. 0, or -1 with e filled. */
int source_quantize_open(struct source *from, struct source **ret, struct err *e);

#endif
