// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of lib/index and lib/vec: each of many keys is found where it was stored. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/index.h"
#include "lib/siphash.h"
#include "lib/vec.h"

#define MANY 20000

static void test_index_many(void **state)
{
	struct index index = { 0 };
	uint64_t i;

	assert_int_equal(index_find(&index, 1), INDEX_NONE); /* empty, never grown */
	/* 0 is a key like any other; neighbours and multiples of a power of two share slots */
	for (i = 0; i < MANY; i++)
		assert_int_equal(index_add(&index, i % 2 ? i : i << 40, i), 0);
	for (i = 0; i < MANY; i++)
		assert_int_equal(index_find(&index, i % 2 ? i : i << 40), i);
	assert_int_equal(index_find(&index, MANY + 1), INDEX_NONE);
	index_free(&index);
	assert_int_equal(index_find(&index, 1), INDEX_NONE);
}

static void test_index_replace(void **state)
{
	struct index index = { 0 };
	size_t used;

	assert_int_equal(index_add(&index, 5, 1), 0);
	used = index.used;
	assert_int_equal(index_add(&index, 5, 9), 0);
	assert_int_equal(index.used, used);
	assert_int_equal(index_find(&index, 5), 9);
	index_free(&index);
}

static void test_hash(void **state)
{
	struct index index = { 0 };
	uint64_t one, other;

	/* small keys of two parts are all different */
	for (one = 0; one < 64; one++)
		for (other = 0; other < 64; other++) {
			uint64_t key = index_hash(&one, sizeof(one), other);

			assert_true(index_find(&index, key) == INDEX_NONE);
			assert_int_equal(index_add(&index, key, 1), 0);
		}
	index_free(&index);
}

/* Values of SipHash-1-3 of the bytes 0, 1, 2, ... with the key of the paper, from another program. */
static void test_siphash(void **state)
{
	static const struct {
		size_t length;
		uint64_t hash;
	} rows[] = { { 8, 0x369095118d299a8e },
		     { 13, 0x306f760c1229ffa7 },
		     { 40, 0xc1d2363299e41531 } };
	const uint64_t key[2] = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
	unsigned char bytes[40];
	uint64_t first;
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	memcpy(&first, bytes, sizeof(first));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(siphash(key, first, bytes + 8, rows[i].length - 8) == rows[i].hash);
}

static void test_vec_grows(void **state)
{
	uint32_t *items = NULL;
	size_t capacity = 0, i;

	for (i = 0; i < MANY; i++) {
		assert_int_equal(vec_reserve((void **)&items, &capacity, i, sizeof(*items)), 0);
		assert_true(capacity > i);
		items[i] = (uint32_t)i;
	}
	for (i = 0; i < MANY; i++)
		assert_int_equal(items[i], i);
	free(items);
}

static void test_vec_too_large(void **state)
{
	char byte, *items = &byte;
	size_t capacity = SIZE_MAX / 4;

	/* refused before anything is allocated or freed, and nothing has changed */
	assert_true(vec_reserve((void **)&items, &capacity, capacity, 16) < 0);
	assert_ptr_equal(items, &byte);
	assert_true(capacity == SIZE_MAX / 4);
}

/* Keys crafted to collide are refused before they cost too much time. */
static void test_index_crowded(void **state)
{
	uint64_t spread = 0x9e3779b97f4a7c15ULL, inverse = spread, i;
	struct index index = { 0 };
	int error = 0;

	for (i = 0; i < 6; i++) /* Newton: each step doubles the bits that are right */
		inverse *= 2 - spread * inverse;
	assert_int_equal(inverse * spread, 1);
	for (i = 0; i < 100000 && !error; i++)
		error = index_add(&index, i * inverse, i);
	assert_int_equal(error, -ENOMEM);
	assert_true(i > 1000 && i < 10000);
	assert_int_equal(index_find(&index, 7 * inverse), 7);
	assert_int_equal(index_find(&index, i * 2 * inverse), INDEX_NONE);
	index_free(&index);
}

/* What stays is found where it is now, what went is not found, and room is given back. */
static void test_index_move(void **state)
{
	static size_t moved[MANY];
	struct index index = { 0 };
	size_t size, kept = 0, i;

	assert_int_equal(index_move(&index, moved), 0); /* empty, never grown */
	for (i = 0; i < MANY; i++) {
		assert_int_equal(index_add(&index, i * 3, i), 0);
		moved[i] = i % 100 ? INDEX_NONE : kept++;
	}
	size = index.size;
	assert_int_equal(index_move(&index, moved), 0);
	assert_int_equal(index.used, kept);
	assert_true(index.size < size / 16 && index.size > 2 * kept);
	for (i = 0; i < MANY; i++)
		assert_int_equal(index_find(&index, i * 3), moved[i]);
	/* it grows again as before */
	for (i = 0; i < MANY; i++)
		assert_int_equal(index_add(&index, 1000000 + i, i), 0);
	assert_int_equal(index_find(&index, 300), 1);
	assert_int_equal(index_find(&index, 1000000 + MANY - 1), MANY - 1);
	index_free(&index);
}

static void test_vec_shrinks(void **state)
{
	uint32_t *items = NULL;
	size_t capacity = 0, i;

	for (i = 0; i < MANY; i++) {
		assert_int_equal(vec_reserve((void **)&items, &capacity, i, sizeof(*items)), 0);
		items[i] = (uint32_t)i;
	}
	i = capacity;
	vec_shrink((void **)&items, &capacity, MANY / 2, sizeof(*items));
	assert_true(capacity == i); /* a quarter is in use */
	vec_shrink((void **)&items, &capacity, 100, sizeof(*items));
	assert_true(capacity >= 200 && capacity < 800);
	for (i = 0; i < 100; i++)
		assert_int_equal(items[i], i);
	vec_shrink((void **)&items, &capacity, 0, sizeof(*items));
	assert_true(capacity > 0 && capacity <= 16);
	free(items);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_index_many),    cmocka_unit_test(test_index_crowded),
		cmocka_unit_test(test_index_replace), cmocka_unit_test(test_hash),
		cmocka_unit_test(test_siphash),	      cmocka_unit_test(test_vec_grows),
		cmocka_unit_test(test_vec_too_large), cmocka_unit_test(test_index_move),
		cmocka_unit_test(test_vec_shrinks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
