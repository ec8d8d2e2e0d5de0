/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies of stacks into words: native frames by the image of the process, those of its runtime by the
 * layout of that. Runs in the helper.
 */
#ifndef BOUNDBY_COLLECT_SYMBOLS_STACK_TEXT_H
#define BOUNDBY_COLLECT_SYMBOLS_STACK_TEXT_H

#include "collect/reader/names.h"
#include "collect/runtimes/layout.h"
#include "collect/runtimes/python_layout.h"
#include "collect/runtimes/v8_place.h"
#include "collect/symbols/images.h"
#include "wire.h"

#define STACK_PLACES 512 /* Python places kept by code and instruction */

/* Zeroed before use, freed by stack_texts_free. */
struct stack_texts {
	struct images images;
	struct known_place {
		uint64_t process_start_ns;
		struct python_frame frame;
		struct frame_place place;
	} places[STACK_PLACES];
	struct v8_memory v8;
};

/*
 * As stack_read() of stack_reader.h. layout: of the runtime of the process, if it is known.
 */
void stack_texts_read(struct stack_texts *texts, const struct stack_event *event,
		      const struct runtime_layout *layout, bool native, uint64_t now,
		      struct stack_text *ret);

void stack_texts_free(struct stack_texts *texts);

#endif
