// SPDX-License-Identifier: GPL-2.0-or-later
/* Call chains from copies of stacks, by libdwfl. */
#include <stdio.h>
#include <string.h>

#include "collect/reader/names.h"
#include "collect/symbols/image_parts.h"

/* ---- what libdwfl asks for ------------------------------------------------------------------- */
static pid_t next_thread(Dwfl *dwfl, void *arg, void **thread_arg)
{
	struct image *image = arg;

	(void)dwfl;
	if (*thread_arg)
		return 0;
	*thread_arg = image;
	return image->pid;
}

static bool read_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *ret, void *arg)
{
	const struct stack_copy *stack = ((struct image *)arg)->stack;
	uint64_t offset = address - stack->address;

	(void)dwfl;
	if (stack->size < sizeof(*ret) || offset > stack->size - sizeof(*ret))
		return false;
	memcpy(ret, stack->bytes + offset, sizeof(*ret));
	return true;
}

static bool set_registers(Dwfl_Thread *thread, void *arg)
{
	const __u64 *from = ((struct image *)arg)->stack->registers;
	Dwarf_Word registers[32];
	int i;

	for (i = 0; i < 32; i++)
		registers[i] = from[i];
#if defined(__aarch64__)
	dwfl_thread_state_register_pc(thread, from[32]);
	return dwfl_thread_state_registers(thread, 0, 32, registers);
#else
	return dwfl_thread_state_registers(thread, 0, 17, registers);
#endif
}

static const Dwfl_Thread_Callbacks thread_callbacks = {
	.next_thread = next_thread,
	.memory_read = read_memory,
	.set_initial_registers = set_registers,
};

/* ---- what it finds --------------------------------------------------------------------------- */
struct frames {
	struct image *image;
	char *text, *where;
	size_t size, where_size, count;
	bool own; /* a frame outside the C library was seen ... */
	bool named; /* ... and one with a name, which is more useful than an address further in */
	const char *runtime; /* what is to stand where the interpreter runs, NULL none */
	size_t behind; /* end of that in text, 0: not there yet */
};

static void put_line(struct frames *frames, const char *text)
{
	size_t used = strlen(frames->text);

	if (used + strlen(text) + 2 < frames->size)
		sprintf(frames->text + used, "%s%s", used ? "\n" : "", text);
}

static void put_place(struct frames *frames, const struct code_place *place)
{
	char line[sizeof(place->text) + sizeof(place->file) + 1];

	snprintf(line, sizeof(line), "%s%c%s", place->text, STACK_FILE, place->file);
	put_line(frames, line);
}

/*
 * A frame of the interpreter's main loop. The first is where the Python frames stand; what lies
 * between that and the last one is the interpreter calling itself, and not shown.
 */
static bool take_interpreter(struct frames *frames)
{
	if (!frames->runtime)
		return false;
	if (!frames->behind) {
		put_line(frames, frames->runtime);
		frames->behind = strlen(frames->text);
		frames->own = frames->named = true;
	}
	frames->text[frames->behind] = '\0';
	return true;
}

/*
 * Where Python's frames could not be read, as in a process that had ended by then, nothing of the
 * interpreter itself is a place of the program. An extension that it calls is one.
 */
static void skip_interpreter(struct frames *frames, const struct code_place *place)
{
	const char *program = strrchr(place->text, '('), *own = strrchr(frames->where, '(');

	if (!own || (program && !strcmp(own, program)))
		frames->where[0] = '\0';
	frames->own = frames->named = true;
}

static void describe(struct image *image, Dwarf_Addr pc, Dwarf_Addr lookup, struct frames *frames)
{
	const struct code_place *place = image_code_place(image, pc, lookup);

	if (!place || (place->interpreter && take_interpreter(frames)))
		return;
	put_place(frames, place);
	if (place->interpreter)
		skip_interpreter(frames, place);
	if ((!frames->own || (!frames->named && place->named)) && !place->library) {
		frames->own = true;
		frames->named = place->named;
		snprintf(frames->where, frames->where_size, "%s", place->text);
	}
}

static int on_frame(Dwfl_Frame *frame, void *arg)
{
	struct frames *frames = arg;
	Dwarf_Addr pc;
	bool exact;

	if (!dwfl_frame_pc(frame, &pc, &exact))
		return DWARF_CB_ABORT;
	/* a return address may be the first of the next function, or line */
	describe(frames->image, pc, exact ? pc : pc - 1, frames);
	return ++frames->count < IMAGE_MAX_FRAMES ? DWARF_CB_OK : DWARF_CB_ABORT;
}

void image_unwind(struct image *image, const struct stack_copy *stack, char *frames_text,
		  size_t frames_size, char *where, size_t where_size)
{
	struct frames frames = { .image = image,
				 .text = frames_text,
				 .size = frames_size,
				 .where = where,
				 .where_size = where_size,
				 .runtime = stack->runtime && stack->runtime[0] ? stack->runtime :
										  NULL };

	frames_text[0] = where[0] = '\0';
	if (stack->size && image_ready(image) &&
	    (image->attached ||
	     dwfl_attach_state(image->dwfl, NULL, image->pid, &thread_callbacks, image))) {
		image->attached = true;
		image->stack = stack;
		dwfl_getthread_frames(image->dwfl, image->pid, on_frame, &frames);
		image->stack = NULL;
	}
	if (!frames.runtime)
		return;
	if (!frames.behind) { /* the native stack does not reach to the interpreter */
		frames_text[0] = '\0';
		put_line(&frames, frames.runtime);
	}
	snprintf(where, where_size, "%s", stack->runtime_where);
}
