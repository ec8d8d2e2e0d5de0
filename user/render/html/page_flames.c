// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Flame graphs as data: of each view the tree of its stacks, in order of depth first, longest first.
 * Frames too narrow to be seen are left out and counted.
 */
#include <stdlib.h>
#include <string.h>

#include "render/html/page_parts.h"
#include "render/json/json_put.h"
#include "render/stack_tree.h"

#define NARROWEST_PART 4000 /* of the whole: a quarter of a pixel of a wide screen */

struct flames {
	struct stack_tree trees[NR_VIEWS];
};

/* What a tree is written from. */
struct writer {
	const struct stack_tree *tree;
	struct texts *texts; /* of all views */
	struct json_object *nodes; /* of each: text, depth, ns */
	uint64_t least_ns;
	size_t left_out;
	bool failed;
};

static void push(struct stack *to, const char *text)
{
	if (to->frame_count == STACK_MAX_FRAMES)
		to->frame_count--;
	to->frames[to->frame_count++] = (struct stack_frame){ .text = text, .file = "" };
}

/* The frames of the stack between those that say what it is of: process, thread, state. */
static void frames_of(const struct stack *stack, const char *comm, struct stack *ret)
{
	bool above = stack->view == VIEW_STALLS || stack->view == VIEW_LOCKS ||
		     (stack->view == VIEW_ON_CPU && !stack->frame_count);
	size_t i;

	*ret = *stack;
	ret->frame_count = 0;
	if (above)
		push(ret, stack->reason_frame);
	for (i = 0; i < stack->frame_count; i++)
		push(ret, stack->frames[i].text);
	if (stack->view == VIEW_OFF_CPU || stack->view == VIEW_REST)
		push(ret, stack->reason_frame);
	if (comm[0])
		push(ret, comm);
	push(ret, stack->root);
}

static int add_stack(void *context, const struct stack *stack)
{
	struct flames *flames = context;
	char comm[RECORD_COMM_LEN + 1] = "";
	struct stack whole;

	if (stack->thread)
		memcpy(comm, stack->thread->comm, RECORD_COMM_LEN);
	frames_of(stack, comm, &whole);
	return stack_tree_add(&flames->trees[stack->view], &whole);
}

static void put_node(struct writer *writer, size_t node, uint64_t depth)
{
	const struct stack_tree *tree = writer->tree;
	size_t text, at;

	if (texts_add(writer->texts, stack_tree_text(tree, node), &text)) {
		writer->failed = true;
		return;
	}
	json_object_array_add(writer->nodes, json_object_new_uint64(text));
	json_object_array_add(writer->nodes, json_object_new_uint64(depth));
	json_object_array_add(writer->nodes, json_object_new_uint64(tree->nodes[node].ns));
	for (at = tree->nodes[node].child; at != STACK_TREE_NONE; at = tree->nodes[at].next) {
		if (tree->nodes[at].ns < writer->least_ns)
			writer->left_out++;
		else
			put_node(writer, at, depth + 1);
	}
}

static size_t nodes_of(const struct stack_tree *tree, uint64_t least_ns)
{
	size_t i, count = 0;

	for (i = 0; i < tree->count; i++)
		count += tree->nodes[i].ns >= least_ns;
	return count;
}

/* The view as JSON, NULL without memory. */
static struct json_object *view_json(struct stack_tree *tree, struct texts *texts,
				     size_t nodes_most)
{
	struct json_object *view = json_object_new_object();
	struct writer writer = { .tree = tree, .texts = texts };
	size_t at;

	writer.nodes = json_put(view, "nodes", json_object_new_array());
	writer.least_ns = tree->nodes[0].ns / NARROWEST_PART;
	while (nodes_of(tree, writer.least_ns) > nodes_most)
		writer.least_ns = writer.least_ns ? 2 * writer.least_ns : 1;
	stack_tree_sort(tree);
	for (at = tree->nodes[0].child; at != STACK_TREE_NONE; at = tree->nodes[at].next) {
		if (tree->nodes[at].ns < writer.least_ns)
			writer.left_out++;
		else
			put_node(&writer, at, 0);
	}
	json_put_count(view, "ns", tree->nodes[0].ns);
	json_put_count(view, "least_ns", writer.least_ns);
	json_put_count(view, "left_out", writer.left_out);
	if (!writer.failed)
		return view;
	json_object_put(view);
	return NULL;
}

static int put_views(struct json_object *root, struct flames *flames, struct texts *texts,
		     size_t nodes_most)
{
	struct json_object *views = json_put(root, "views", json_object_new_object()), *view;
	int v;

	for (v = 0; v < NR_VIEWS; v++) {
		if (!flames->trees[v].count)
			continue;
		view = view_json(&flames->trees[v], texts, nodes_most);
		if (!view)
			return -1;
		json_put(views, stack_view_name((enum stack_view)v), view);
	}
	return 0;
}

struct json_object *page_flames(const struct model *model, size_t nodes_most)
{
	struct flames *flames = calloc(1, sizeof(*flames));
	struct json_object *root = json_object_new_object(), *list;
	struct texts texts = { 0 };
	size_t i;
	int v, failed = !flames || stacks_each(model, (1u << NR_VIEWS) - 1, add_stack, flames);

	if (!failed)
		failed = put_views(root, flames, &texts, nodes_most);
	list = json_put(root, "texts", json_object_new_array());
	for (i = 0; i < texts.count; i++)
		json_object_array_add(list, json_clean_string(texts.items[i]));
	texts_free(&texts);
	for (v = 0; flames && v < NR_VIEWS; v++)
		stack_tree_free(&flames->trees[v]);
	free(flames);
	if (!failed)
		return root;
	json_object_put(root);
	return NULL;
}
