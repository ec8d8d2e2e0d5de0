// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Folded stacks, for flame graphs: lines "frame;frame;frame ns", root first. The second frame names
 * the view. Unless others are asked for, those that have no nanosecond in common.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/texts.h"
#include "lib/units.h"
#include "lib/vec.h"
#include "render/export/export_parts.h"
#include "render/stacks.h"

/* Stacks that differ in nothing are one line. */
struct fold {
	struct texts stacks;
	uint64_t *weights;
	size_t capacity;
};

/* ';' is the separator; the rest that could break a line is what no terminal should get. */
static void put_frame(FILE *line, const char *separator, const char *frame, size_t length)
{
	char clean[2 * RECORD_PLACE_LEN], *at;

	units_printable(frame, length, clean, sizeof(clean));
	for (at = clean; (at = strchr(at, ';'));)
		*at = ':';
	fprintf(line, "%s%s", separator, clean[0] ? clean : "?");
}

/* Closes the line; its text, or NULL without memory. */
static char *close_line(FILE *line, char **text)
{
	int failed = ferror(line);

	if (!fclose(line) && !failed)
		return *text;
	free(*text);
	return NULL;
}

static void put_frames(FILE *line, const char *separator, const struct stack *stack)
{
	size_t i;

	for (i = stack->frame_count; i-- > 0; separator = ";")
		put_frame(line, separator, stack->frames[i].text, strlen(stack->frames[i].text));
}

char *folded_frames(const struct stack *stack)
{
	char *text = NULL;
	size_t length;
	FILE *line = open_memstream(&text, &length);

	if (!line)
		return NULL;
	put_frames(line, "", stack);
	return close_line(line, &text);
}

/* NULL without memory. */
static char *fold_line(const struct stack *stack)
{
	char *text = NULL;
	size_t length;
	FILE *line = open_memstream(&text, &length);

	if (!line)
		return NULL;
	put_frame(line, "", stack->root, sizeof(stack->root));
	fprintf(line, ";%s", stack_view_name(stack->view));
	if (stack->thread)
		put_frame(line, ";", stack->thread->comm, sizeof(stack->thread->comm));
	/* what a state's time is divided by comes below it, what explains one stack above */
	if (stack->view == VIEW_OFF_CPU || stack->view == VIEW_REST)
		fprintf(line, ";%s", stack->reason_frame);
	put_frames(line, ";", stack);
	if (stack->view == VIEW_STALLS || stack->view == VIEW_LOCKS ||
	    (stack->view == VIEW_ON_CPU && !stack->frame_count))
		fprintf(line, ";%s", stack->reason_frame);
	return close_line(line, &text);
}

static int fold_stack(void *context, const struct stack *stack)
{
	struct fold *fold = context;
	size_t count = fold->stacks.count, position;
	char *line = fold_line(stack);
	int error = -ENOMEM;

	if (line &&
	    !vec_reserve((void **)&fold->weights, &fold->capacity, count, sizeof(*fold->weights)))
		error = texts_add(&fold->stacks, line, &position);
	free(line);
	if (error)
		return error;
	if (position == count)
		fold->weights[position] = 0;
	fold->weights[position] += stack->ns;
	return 0;
}

int folded_put(void *state, const struct report *report, FILE *out)
{
	struct fold fold = { 0 };
	uint32_t views = report->views ? report->views : VIEWS_BY_DEFAULT;
	int error = stacks_each(report->model, views, fold_stack, &fold);
	size_t i;

	for (i = 0; i < fold.stacks.count && !error; i++)
		fprintf(out, "%s %" PRIu64 "\n", fold.stacks.items[i], fold.weights[i]);
	texts_free(&fold.stacks);
	free(fold.weights);
	if (error) {
		errno = -error;
		return -1;
	}
	return export_written(out);
}
