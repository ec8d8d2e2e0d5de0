// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The call trees of a verbose text report: for each process, where it computed and what it waited for,
 * each as a tree of functions with their shares. Of callers that are in one line only those that tell
 * something are printed: where the tree branches, the program's own functions, and the innermost.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/units.h"
#include "lib/vec.h"
#include "render/stack_tree.h"
#include "render/text/text_parts.h"

#define MIN_SHARE 0.02 /* of a tree: smaller branches are left out */
#define MAX_LINES 40 /* of a tree */
#define MAX_INDENT 16 /* steps */

/* The stacks of a process with one reason. */
struct section {
	const char *reason; /* a constant of the program */
	struct stack_tree tree;
	bool has_places;
};

struct sections {
	const struct process_model *process;
	struct section *items;
	size_t count, capacity;
	const struct render_options *options;
	FILE *out;
};

/* A tree while it is printed. */
struct lines {
	const struct stack_tree *tree;
	FILE *out;
	size_t count;
};

static bool is_shown(const struct stack_tree *tree, size_t node)
{
	return (double)tree->nodes[node].ns >= MIN_SHARE * (double)tree->nodes[0].ns;
}

/* Does a line of its own for this node say more than the line of the one shown node inside it? */
static bool tells_something(const struct stack_tree *tree, size_t node)
{
	const struct stack_tree_node *nodes = tree->nodes;
	size_t first = nodes[node].child;

	if (nodes[node].is_where || first == STACK_TREE_NONE || !is_shown(tree, first))
		return true;
	return (double)(nodes[node].ns - nodes[first].ns) >= MIN_SHARE * (double)nodes[0].ns;
}

static void put_text(const struct lines *lines, const char *before, size_t node)
{
	const char *frame = stack_tree_text(lines->tree, node);
	char text[2 * RECORD_PLACE_LEN];

	fprintf(lines->out, "%s%s", before,
		units_printable(frame, strlen(frame), text, sizeof(text)));
}

/* Prints the frame, and behind it those inside it that have about the same time. Returns the last. */
static size_t print_line(struct lines *lines, size_t node, int depth)
{
	const struct stack_tree_node *nodes = lines->tree->nodes;
	char share[UNITS_LEN];
	size_t last = node, at = node, first;

	fprintf(lines->out, "    %6s  %*s",
		units_share((double)nodes[node].ns / (double)nodes[0].ns, share),
		2 * (depth < MAX_INDENT ? depth : MAX_INDENT), "");
	put_text(lines, "", node);
	while ((first = nodes[at].child) != STACK_TREE_NONE &&
	       (double)(nodes[last].ns - nodes[first].ns) < MIN_SHARE * (double)nodes[0].ns) {
		at = first;
		if (!tells_something(lines->tree, at))
			continue;
		put_text(lines, " > ", at);
		last = at;
	}
	fputc('\n', lines->out);
	return last;
}

/* The nodes are in the order of their time: the first that is too small ends its row. */
static void print_inside(struct lines *lines, size_t node, int depth)
{
	const struct stack_tree_node *nodes = lines->tree->nodes;
	size_t at;

	for (at = nodes[node].child; at != STACK_TREE_NONE && is_shown(lines->tree, at);
	     at = nodes[at].next) {
		if (!tells_something(lines->tree, at))
			print_inside(lines, at, depth);
		else if (lines->count++ < MAX_LINES)
			print_inside(lines, print_line(lines, at, depth), depth + 1);
	}
}

static int compare_sections(const void *a, const void *b)
{
	uint64_t one = ((const struct section *)a)->tree.nodes[0].ns;
	uint64_t other = ((const struct section *)b)->tree.nodes[0].ns;

	return (one < other) - (one > other);
}

/* Prints the trees of the process at hand that know a place, the longest first, and frees them all. */
static void print_sections(struct sections *sections)
{
	char time[UNITS_LEN];
	size_t i;

	if (sections->count)
		qsort(sections->items, sections->count, sizeof(*sections->items), compare_sections);
	for (i = 0; i < sections->count; i++) {
		struct section *section = &sections->items[i];
		struct lines lines = { .tree = &section->tree, .out = sections->out };

		if (section->has_places) {
			stack_tree_sort(&section->tree);
			fprintf(sections->out, "\n%s  %9s  %s, by call tree, of [%u]%s\n",
				BOLD(sections->options),
				units_time(section->tree.nodes[0].ns, time), section->reason,
				sections->process->pid, PLAIN(sections->options));
			print_inside(&lines, 0, 0);
			if (lines.count > MAX_LINES)
				fputs("            ...\n", sections->out);
		}
		stack_tree_free(&section->tree);
	}
	sections->count = 0;
}

static struct section *section_of(struct sections *sections, const char *reason)
{
	size_t i;

	for (i = 0; i < sections->count; i++)
		if (!strcmp(sections->items[i].reason, reason))
			return &sections->items[i];
	if (vec_reserve((void **)&sections->items, &sections->capacity, sections->count,
			sizeof(*sections->items)))
		return NULL;
	sections->items[sections->count] = (struct section){ .reason = reason };
	return &sections->items[sections->count++];
}

static int add_stack(void *context, const struct stack *stack)
{
	struct sections *sections = context;
	struct section *section;

	if (stack->process != sections->process)
		print_sections(sections);
	sections->process = stack->process;
	section = section_of(sections, stack->reason);
	if (!section)
		return -ENOMEM;
	section->has_places |= stack->where[0] != '\0';
	return stack_tree_add(&section->tree, stack);
}

int text_print_trees(const struct report *report, const struct render_options *options, FILE *out)
{
	struct sections sections = { .options = options, .out = out };
	int error = stacks_each(report->model, VIEWS_BY_DEFAULT, add_stack, &sections);

	print_sections(&sections);
	free(sections.items);
	return error;
}
