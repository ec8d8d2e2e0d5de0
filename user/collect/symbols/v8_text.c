// SPDX-License-Identifier: GPL-2.0-or-later
/* Names the JavaScript frames of a stack: function, file and line. */
#include "collect/symbols/v8_text.h"

#include <stdio.h>

#include "collect/symbols/frame_lines.h"
#include "trace/record.h"

struct writer {
	char *text, *where;
	size_t size;
	struct frame_place internal; /* the outermost of the runtime's own so far, */
	bool has_internal; /* not written yet */
	bool any; /* a frame was a function's */
	int rank; /* of what where is: the more of the program's own the better */
};

static int rank_of(const struct frame_place *place)
{
	return place->internal ? 1 : place->library ? 2 : 3;
}

static void write_place(struct writer *writer, const struct frame_place *place)
{
	char line[FRAME_LINE_LEN];

	frame_line_format(place, line);
	frame_line_add(writer->text, writer->size, line, place->path);
	if (rank_of(place) <= writer->rank)
		return;
	writer->rank = rank_of(place);
	snprintf(writer->where, RECORD_PLACE_LEN, "%.*s", RECORD_PLACE_LEN - 1, line);
}

static void write_internal(struct writer *writer)
{
	if (writer->has_internal)
		write_place(writer, &writer->internal);
	writer->has_internal = false;
}

static void take_place(struct writer *writer, const struct frame_place *place)
{
	writer->any = true;
	if (place->internal) {
		writer->internal = *place;
		writer->has_internal = true;
		return;
	}
	write_internal(writer);
	write_place(writer, place);
}

void v8_text_write(struct v8_memory *memory, const struct v8_layout *layout,
		   const struct stack_event *event, char *text, size_t size, char *where)
{
	const struct v8_heap heap = { (pid_t)event->tgid, layout };
	const size_t at = event->start % WIRE_STACK_PAGE;
	const __u64 below = event->registers[V8_STACK_POINTER] - event->start; /* red zone */
	const struct v8_top top = {
		.registers = event->registers,
		.stack = event->bytes + at + (below < event->size ? below : 0),
		.stack_size = below < event->size ? event->size - below : 0,
	};
	const bool interrupted = event->frame_count && event->frames.v8.frames[0].pc;
	struct writer writer = { .text = text, .where = where, .size = size };
	struct frame_place places[V8_PLACES_MAX];
	enum v8_found found;
	size_t count, i, j;

	text[0] = where[0] = '\0';
	for (i = 0; i < event->frame_count && i < WIRE_FRAMES; i++) {
		found = v8_places_find(memory, &heap, event->process_start_ns,
				       &event->frames.v8.frames[i], interrupted && !i ? &top : NULL,
				       places, &count);
		for (j = 0; found == V8_FRAME && j < count; j++)
			take_place(&writer, &places[j]);
		/* C++ that was interrupted has frames that are none of V8's */
		if (found != V8_TORN || (interrupted && !writer.any))
			continue;
		write_internal(&writer);
		frame_line_add(text, size, FRAME_TORN, "");
		return;
	}
	write_internal(&writer);
	if (writer.any && event->frame_flags & FRAMES_DEEPER)
		frame_line_add(text, size, FRAME_DEEPER, "");
}
