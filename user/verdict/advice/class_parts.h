/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each class is about, in one process: the process that has most of it is the culprit, to which
 * the advice is given. All return ns of thread time, or of a loop's time.
 */
#ifndef BOUNDBY_VERDICT_CLASS_PARTS_H
#define BOUNDBY_VERDICT_CLASS_PARTS_H

#include <stdint.h>

#include "model/model.h"

/* All that the process works, waits inside the target left out. */
uint64_t class_part_work(const struct process_model *process);
/* The longest time that one of its event loops was blocked. */
uint64_t class_part_stalled(const struct process_model *process);
uint64_t class_part_runnable(const struct process_model *process);
uint64_t class_part_locks(const struct process_model *process);
uint64_t class_part_on_cpu(const struct process_model *process);
/* I/O, but not waits for other processes of the target, nor pipes that no one wrote to. */
uint64_t class_part_io(const struct process_model *process);

#endif
