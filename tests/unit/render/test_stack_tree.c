// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of stacks as a tree (stack_tree.c): what is shared is one node, the longest comes first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "render/stack_tree.h"

/* Adds a stack whose frames are given innermost first, up to NULL. */
static void add(struct stack_tree *tree, uint64_t ns, const char *where, const char *const *frames)
{
	static struct stack stack;

	memset(&stack, 0, sizeof(stack));
	stack.where = where;
	stack.ns = ns;
	for (; *frames; frames++)
		stack.frames[stack.frame_count++].text = *frames;
	assert_int_equal(stack_tree_add(tree, &stack), 0);
}

static const struct stack_tree_node *first_of(const struct stack_tree *tree, size_t node)
{
	assert_int_not_equal(tree->nodes[node].child, STACK_TREE_NONE);
	return &tree->nodes[tree->nodes[node].child];
}

static void shared_frames_are_one_node(void **state)
{
	struct stack_tree tree = { 0 };
	const struct stack_tree_node *node;

	add(&tree, 30, "parse", (const char *const[]){ "read", "parse", "main", NULL });
	add(&tree, 50, "send", (const char *const[]){ "write", "send", "main", NULL });
	add(&tree, 25, "parse", (const char *const[]){ "parse", "main", NULL });
	add(&tree, 5, "", (const char *const[]){ NULL });
	stack_tree_sort(&tree);
	assert_int_equal(tree.nodes[0].ns, 110);
	assert_int_equal(tree.count, 6);
	node = first_of(&tree, 0);
	assert_string_equal(stack_tree_text(&tree, tree.nodes[0].child), "main");
	assert_int_equal(node->ns, 105);
	assert_false(node->is_where);
	assert_string_equal(stack_tree_text(&tree, node->child), "parse");
	node = &tree.nodes[node->child];
	assert_int_equal(node->ns, 55);
	assert_true(node->is_where);
	assert_string_equal(stack_tree_text(&tree, node->next), "send");
	assert_int_equal(tree.nodes[node->next].next, STACK_TREE_NONE);
	stack_tree_free(&tree);
	assert_int_equal(tree.count, 0);
}

/* A function that calls itself is inside itself, not one node with the time of both. */
static void recursion_is_depth(void **state)
{
	struct stack_tree tree = { 0 };

	add(&tree, 7, "walk", (const char *const[]){ "walk", "walk", "walk", NULL });
	assert_int_equal(tree.count, 4);
	assert_int_equal(tree.nodes[1].ns, 7);
	assert_int_equal(tree.nodes[3].ns, 7);
	stack_tree_free(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shared_frames_are_one_node),
		cmocka_unit_test(recursion_is_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
