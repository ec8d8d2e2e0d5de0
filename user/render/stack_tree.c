// SPDX-License-Identifier: GPL-2.0-or-later
/* Merges stacks from their outermost frames on, by the texts of the frames. */
#include "render/stack_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"

#define ROOT 0

/* The new node's number, or STACK_TREE_NONE without memory. */
static size_t add_node(struct stack_tree *tree, size_t text)
{
	if (vec_reserve((void **)&tree->nodes, &tree->capacity, tree->count, sizeof(*tree->nodes)))
		return STACK_TREE_NONE;
	tree->nodes[tree->count] = (struct stack_tree_node){ .text = text,
							     .child = STACK_TREE_NONE,
							     .next = STACK_TREE_NONE };
	return tree->count++;
}

/* The node of this text inside another, which is made where it is missing. */
static size_t inside(struct stack_tree *tree, size_t parent, size_t text)
{
	size_t at = tree->nodes[parent].child, node;

	for (; at != STACK_TREE_NONE; at = tree->nodes[at].next)
		if (tree->nodes[at].text == text)
			return at;
	node = add_node(tree, text);
	if (node == STACK_TREE_NONE)
		return node;
	tree->nodes[node].next = tree->nodes[parent].child;
	tree->nodes[parent].child = node;
	return node;
}

int stack_tree_add(struct stack_tree *tree, const struct stack *stack)
{
	size_t at = ROOT, i, text;

	if (!tree->count && add_node(tree, 0) == STACK_TREE_NONE)
		return -ENOMEM;
	tree->nodes[ROOT].ns += stack->ns;
	for (i = stack->frame_count; i-- > 0;) {
		if (texts_add(&tree->texts, stack->frames[i].text, &text))
			return -ENOMEM;
		at = inside(tree, at, text);
		if (at == STACK_TREE_NONE)
			return -ENOMEM;
		tree->nodes[at].ns += stack->ns;
		tree->nodes[at].is_where |= stack->where[0] &&
					    !strcmp(stack->where, stack->frames[i].text);
	}
	return 0;
}

/* Puts a node in its place among those beside it, which are in order. Returns the first one. */
static size_t insert(struct stack_tree_node *nodes, size_t first, size_t node)
{
	size_t *link = &first;

	while (*link != STACK_TREE_NONE && nodes[*link].ns >= nodes[node].ns)
		link = &nodes[*link].next;
	nodes[node].next = *link;
	*link = node;
	return first;
}

void stack_tree_sort(struct stack_tree *tree)
{
	size_t i, at, next, sorted;

	for (i = 0; i < tree->count; i++) {
		sorted = STACK_TREE_NONE;
		for (at = tree->nodes[i].child; at != STACK_TREE_NONE; at = next) {
			next = tree->nodes[at].next;
			sorted = insert(tree->nodes, sorted, at);
		}
		tree->nodes[i].child = sorted;
	}
}

const char *stack_tree_text(const struct stack_tree *tree, size_t node)
{
	return tree->texts.items[tree->nodes[node].text];
}

void stack_tree_free(struct stack_tree *tree)
{
	free(tree->nodes);
	texts_free(&tree->texts);
	memset(tree, 0, sizeof(*tree));
}
