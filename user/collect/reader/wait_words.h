/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a wait is for, by the words in the memory of its thread. Runs in the helper. */
#ifndef BOUNDBY_COLLECT_READER_WAIT_WORDS_H
#define BOUNDBY_COLLECT_READER_WAIT_WORDS_H

#include <stdbool.h>

#include "wire_look.h"

/* False: it could not be read, or there is nothing to be read (LOOK_NOTHING). */
bool wait_words_read(const struct wait_look *look, struct wait_resolved *ret);

#endif
