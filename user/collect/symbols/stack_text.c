// SPDX-License-Identifier: GPL-2.0-or-later
/* A stack that was torn while it was copied is reported as such. */
#include "collect/symbols/stack_text.h"

#include <stdio.h>
#include <string.h>

#include "collect/symbols/frame_lines.h"
#include "collect/symbols/v8_text.h"
#include "lib/index.h"

#define OWNER_C 3 /* frames from here on are the interpreter's own; pycore_frame.h, 3.12 */

/* As python_place_find, but asks the process only once for each place. */
static bool find_place(struct stack_texts *texts, const struct stack_event *event,
		       const struct python_layout *layout, const struct python_frame *frame,
		       struct frame_place *ret)
{
	uint64_t key = index_hash(frame, sizeof(*frame), event->process_start_ns);
	struct known_place *known = &texts->places[key % STACK_PLACES];

	if (known->process_start_ns == event->process_start_ns &&
	    !memcmp(&known->frame, frame, sizeof(*frame))) {
		*ret = known->place;
		return true;
	}
	if (!python_place_find((pid_t)event->tgid, layout, frame, ret))
		return false;
	known->process_start_ns = event->process_start_ns;
	known->frame = *frame;
	known->place = *ret;
	return true;
}

/* Threads begin there, whatever they run. */
static bool is_thread_start(const struct frame_place *place)
{
	const char *name = strrchr(place->file, '/');

	return place->library && name && !strcmp(name, "/threading.py");
}

/* Notes a frame, from the innermost on. */
static void note_frame(const struct frame_place *place, struct stack_text *ret)
{
	ret->library = ret->library && place->library;
	if (!is_thread_start(place))
		snprintf(ret->runner, sizeof(ret->runner), "%.*s", RECORD_RUNNER_LEN - 1,
			 place->library ? place->file : "");
}

/*
 * The Python frames, and the innermost that is the program's own, or else the innermost; what they say
 * of the thread goes to ret. where: RECORD_PLACE_LEN bytes.
 */
static void read_python(struct stack_texts *texts, const struct stack_event *event,
			const struct python_layout *layout, char *text, size_t size, char *where,
			struct stack_text *ret)
{
	const struct python_frame *frame;
	struct frame_place place;
	char line[FRAME_LINE_LEN];
	bool own = false;
	uint32_t i;

	text[0] = where[0] = '\0';
	if (event->frame_count > WIRE_FRAMES)
		return;
	ret->library = event->frame_count > 0;
	for (i = 0; i < event->frame_count; i++) {
		frame = &event->frames.python.frames[i];
		if (frame->code && frame->owner >= OWNER_C)
			continue;
		if (!frame->code || !find_place(texts, event, layout, frame, &place)) {
			frame_line_add(text, size, FRAME_TORN, "");
			ret->library = false;
			ret->runner[0] = '\0';
			return;
		}
		frame_line_format(&place, line);
		frame_line_add(text, size, line, place.path);
		if (!where[0] || (!own && !place.library))
			snprintf(where, RECORD_PLACE_LEN, "%.*s", RECORD_PLACE_LEN - 1, line);
		own = own || !place.library;
		note_frame(&place, ret);
	}
	if (event->frame_flags & FRAMES_DEEPER) {
		frame_line_add(text, size, FRAME_DEEPER, "");
		ret->library = false;
		ret->runner[0] = '\0';
	}
}

static void read_frames(struct stack_texts *texts, const struct stack_event *event,
			const struct runtime_layout *layout, char *text, size_t size, char *where,
			struct stack_text *ret)
{
	const bool is_v8 = event->frame_flags & FRAMES_V8;

	text[0] = where[0] = '\0';
	if (layout->kind == LAYOUT_PYTHON && !is_v8)
		read_python(texts, event, &layout->python, text, size, where, ret);
	else if (layout->kind == LAYOUT_V8 && is_v8)
		v8_text_write(&texts->v8, &layout->v8, event, text, size, where);
}

void stack_texts_read(struct stack_texts *texts, const struct stack_event *event,
		      const struct runtime_layout *layout, bool native, uint64_t now,
		      struct stack_text *ret)
{
	char runtime[STACK_TEXT_LEN / 2], where[RECORD_PLACE_LEN];
	size_t at = event->start % WIRE_STACK_PAGE;
	struct stack_copy copy = {
		.registers = event->registers,
		.address = event->start,
		.bytes = event->bytes + at,
		.size = event->size <= sizeof(event->bytes) - at ? event->size : 0,
		.runtime = runtime,
		.runtime_where = where,
	};
	struct image *image;

	memset(ret, 0, sizeof(*ret));
	read_frames(texts, event, layout, runtime, sizeof(runtime), where, ret);
	/* beside frames of JavaScript no native ones are shown */
	if (layout->kind == LAYOUT_V8 && runtime[0])
		native = false;
	image = native ? images_get(&texts->images, event->tgid, event->process_start_ns, now) :
			 NULL;
	if (image) {
		image_unwind(image, &copy, ret->frames, sizeof(ret->frames), ret->where,
			     sizeof(ret->where));
	} else {
		snprintf(ret->frames, sizeof(ret->frames), "%s", runtime);
		snprintf(ret->where, sizeof(ret->where), "%s", where);
	}
}

void stack_texts_free(struct stack_texts *texts)
{
	images_free(&texts->images);
	v8_lines_free(&texts->v8.lines);
}
