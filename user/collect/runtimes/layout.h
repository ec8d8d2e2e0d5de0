/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the runtime of a process keeps its frames, whichever it is. */
#ifndef BOUNDBY_COLLECT_RUNTIMES_LAYOUT_H
#define BOUNDBY_COLLECT_RUNTIMES_LAYOUT_H

#include "collect/runtimes/v8_layout.h"
#include "wire.h"

enum layout_kind { LAYOUT_NONE, LAYOUT_PYTHON, LAYOUT_V8 };

struct runtime_layout {
	__u32 kind; /* enum layout_kind: which of them is known */
	__u32 pad;
	union {
		struct python_layout python;
		struct v8_layout v8;
	};
};

#endif
