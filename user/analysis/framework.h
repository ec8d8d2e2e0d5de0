/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which framework or server a process is, by its modules, names and stacks. Pure. */
#ifndef BOUNDBY_ANALYSIS_FRAMEWORK_H
#define BOUNDBY_ANALYSIS_FRAMEWORK_H

#include "lib/frameworks.h"
#include "model/model.h"

/* FRAMEWORK_NONE: none that is known. */
enum framework_id framework_of(const struct process_model *process);

/* Calls found() with the frames of each stack of the process, until it returns true; as that did. */
bool framework_each_frame(const struct process_model *process,
			  bool (*found)(const char *frame, const void *arg), const void *arg);

#endif
