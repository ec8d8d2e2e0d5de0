// SPDX-License-Identifier: GPL-2.0-or-later
/* A stack that was torn while it was copied is reported as such. */
#include "collect/symbols/stack_text.h"

#include <stdio.h>
#include <string.h>

#include "lib/index.h"

#define OWNER_C 3 /* frames from here on are the interpreter's own; pycore_frame.h, 3.12 */

/* As python_place_find, but asks the process only once for each place. */
static bool find_place(struct stack_texts *texts, const struct stack_event *event,
		       const struct python_layout *layout, const struct python_frame *frame,
		       struct python_place *ret)
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

static void add_line(char *text, size_t size, const char *line, const char *file)
{
	size_t used = strlen(text);

	if (used + strlen(line) + strlen(file) + 3 < size)
		snprintf(text + used, size - used, "%s%s%c%s", used ? "\n" : "", line, STACK_FILE,
			 file);
}

/* Threads begin there, whatever they run. */
static bool is_thread_start(const struct python_place *place)
{
	const char *name = strrchr(place->file, '/');

	return place->library && name && !strcmp(name, "/threading.py");
}

/* Notes a frame, from the innermost on. */
static void note_frame(const struct python_place *place, struct stack_text *ret)
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
	struct python_place place;
	char line[sizeof(place.file) + sizeof(place.function) + 16];
	bool own = false;
	uint32_t i;

	text[0] = where[0] = '\0';
	if (!layout || event->python_count > WIRE_PYTHON_FRAMES)
		return;
	ret->library = event->python_count > 0;
	for (i = 0; i < event->python_count; i++) {
		frame = &event->python.frames[i];
		if (frame->code && frame->owner >= OWNER_C)
			continue;
		if (!frame->code || !find_place(texts, event, layout, frame, &place)) {
			add_line(text, size, "[torn: it changed while it was read]", "");
			ret->library = false;
			ret->runner[0] = '\0';
			return;
		}
		if (place.line)
			snprintf(line, sizeof(line), "%s:%d %s", place.file, place.line,
				 place.function);
		else
			snprintf(line, sizeof(line), "%s %s", place.file, place.function);
		add_line(text, size, line, place.path);
		if (!where[0] || (!own && !place.library))
			snprintf(where, RECORD_PLACE_LEN, "%.*s", RECORD_PLACE_LEN - 1, line);
		own = own || !place.library;
		note_frame(&place, ret);
	}
	if (event->python_flags & PYTHON_DEEPER) {
		add_line(text, size, "[more frames]", "");
		ret->library = false;
		ret->runner[0] = '\0';
	}
}

void stack_texts_read(struct stack_texts *texts, const struct stack_event *event,
		      const struct python_layout *layout, bool native, uint64_t now,
		      struct stack_text *ret)
{
	char python[STACK_TEXT_LEN / 2], where[RECORD_PLACE_LEN];
	size_t at = event->start % WIRE_STACK_PAGE;
	struct stack_copy copy = {
		.registers = event->registers,
		.address = event->start,
		.bytes = event->bytes + at,
		.size = event->size <= sizeof(event->bytes) - at ? event->size : 0,
		.python = python,
		.python_where = where,
	};
	struct image *image;

	memset(ret, 0, sizeof(*ret));
	read_python(texts, event, layout, python, sizeof(python), where, ret);
	image = native ? images_get(&texts->images, event->tgid, event->process_start_ns, now) :
			 NULL;
	if (image) {
		image_unwind(image, &copy, ret->frames, sizeof(ret->frames), ret->where,
			     sizeof(ret->where));
	} else {
		snprintf(ret->frames, sizeof(ret->frames), "%s", python);
		snprintf(ret->where, sizeof(ret->where), "%s", where);
	}
}

void stack_texts_free(struct stack_texts *texts)
{
	images_free(&texts->images);
}
