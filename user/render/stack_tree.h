/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Weighted stacks as a tree from the outermost frame inwards: what they share is a node once. */
#ifndef BOUNDBY_RENDER_STACK_TREE_H
#define BOUNDBY_RENDER_STACK_TREE_H

#include <stdbool.h>

#include "lib/texts.h"
#include "render/stacks.h"

#define STACK_TREE_NONE SIZE_MAX

struct stack_tree_node {
	size_t text; /* position in the tree's texts */
	size_t child, next; /* first one inside it, next one beside it; STACK_TREE_NONE: none */
	uint64_t ns; /* of all stacks through it */
	bool is_where; /* the program's own innermost function of one of them */
};

struct stack_tree {
	struct stack_tree_node *nodes; /* node 0 is the root, which is no frame */
	size_t count, capacity;
	struct texts texts;
};

/* Adds a stack, whose texts are copied. 0 or -ENOMEM, with which the tree is only good to free. */
int stack_tree_add(struct stack_tree *tree, const struct stack *stack);

/* Puts the longest first everywhere. */
void stack_tree_sort(struct stack_tree *tree);

const char *stack_tree_text(const struct stack_tree *tree, size_t node);

/* The tree is all zero again. */
void stack_tree_free(struct stack_tree *tree);

#endif
