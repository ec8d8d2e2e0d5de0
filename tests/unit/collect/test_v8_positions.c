// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of V8's tables on those of Node 20 for
 *
 *     function based(ms) {
 *       if (ms > 0) {
 *         calls++;
 *         nap(ms);            // bytecode 24, compiled up to byte 283
 *
 * and of tables that are damaged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../../user/collect/runtimes/v8_positions.c"

#define CALL_BYTECODE 24
#define CALL_END 283 /* of baseline code: where the call returns to */
#define CALL_OFFSET 187 /* in the source */

static const __u8 positions[] = { 0x01, 0xd0, 0x04, 0x02, 0x24, 0x03, 0x1c, 0x0a, 0x2c, 0x13,
				  0x14, 0x0c, 0x20, 0x07, 0x00, 0x08, 0xb4, 0x01, 0x08, 0x34 };
static const __u8 lengths[] = { 0x15, 0x02, 0x0b, 0x1b, 0x08, 0x2f, 0x0a, 0x04, 0x08,
				0x2f, 0x04, 0x3a, 0x08, 0x04, 0x18, 0x08, 0x2f, 0x11 };
static const __u8 bytes[] = { 0x0c, 0x6e, 0x03, 0x00, 0x99, 0x18, 0x16, 0x03, 0xaa, 0x00, 0x50,
			      0x01, 0xc4, 0x16, 0x03, 0xaa, 0x00, 0x0b, 0xfa, 0x25, 0x03, 0x17,
			      0x04, 0xc4, 0x62, 0xfa, 0x03, 0x02, 0x16, 0x03, 0xaa, 0x00, 0xa9 };

/* Of the bytecodes in use; wide ones are three bytes, extra wide ones five. */
static __u8 sizes[3 * 256] = {
	[0x0b] = 2, [0x0c] = 1, [0x16] = 2,	  [0x17] = 2,	    [0x25] = 2,
	[0x50] = 2, [0x62] = 4, [0x6e] = 3,	  [0x99] = 2,	    [0xa9] = 1,
	[0xaa] = 2, [0xc4] = 1, [256 + 0x0b] = 3, [512 + 0x0b] = 5,
};
static const struct v8_bytecodes based = { bytes, sizeof(bytes), sizes, 256 };

static void test_position(void **state)
{
	struct v8_position position;

	(void)state;
	assert_true(v8_position_find(positions, sizeof(positions), CALL_BYTECODE, &position));
	assert_int_equal(position.inlined, 0);
	assert_int_equal(position.offset, CALL_OFFSET);
	/* up to the next entry it stays there; what is before the first is of the function's entry */
	assert_true(v8_position_find(positions, sizeof(positions), CALL_BYTECODE + 3, &position));
	assert_int_equal(position.offset, CALL_OFFSET);
	assert_true(v8_position_find(positions, sizeof(positions), 0, &position));
	assert_true(position.offset < CALL_OFFSET);
}

static void test_inlined(void **state)
{
	struct v8_position position;

	(void)state;
	assert_true(v8_position_of((__u64)3 << 31 | (__u64)(77 + 1) << 1, &position));
	assert_int_equal(position.inlined, 3);
	assert_int_equal(position.offset, 77);
	assert_false(v8_position_of(0, &position));
	assert_false(v8_position_of(77 << 1 | 1, &position)); /* in C++ */
}

static void test_baseline(void **state)
{
	__u32 at;

	(void)state;
	assert_true(v8_baseline_find(lengths, sizeof(lengths), &based, CALL_END, &at));
	assert_int_equal(at, CALL_BYTECODE);
	/* the byte behind is of the next bytecode; the prologue is of none */
	assert_true(v8_baseline_find(lengths, sizeof(lengths), &based, CALL_END + 1, &at));
	assert_int_equal(at, CALL_BYTECODE + 4);
	assert_false(v8_baseline_find(lengths, sizeof(lengths), &based, lengths[0], &at));
	assert_false(v8_baseline_find(lengths, sizeof(lengths), &based, 100000, &at));
}

static void test_wide(void **state)
{
	static const __u8 wide[] = { 0x00, 0x0b, 1, 2, 0x01, 0x0b, 1, 2, 3, 4, 0xa9 };
	static const __u8 table[] = { 4, 10, 10, 10 };
	const struct v8_bytecodes bytecodes = { wide, sizeof(wide), sizes, 256 };
	__u32 at;

	(void)state;
	assert_true(v8_baseline_find(table, sizeof(table), &bytecodes, 20, &at));
	assert_int_equal(at, 4);
	assert_true(v8_baseline_find(table, sizeof(table), &bytecodes, 30, &at));
	assert_int_equal(at, 10);
}

/* Whatever the tables hold, nothing is read beyond them, and every search ends. */
static void test_damaged(void **state)
{
	__u8 damaged[sizeof(positions)];
	struct v8_position position;
	size_t i, size;
	__u32 at;

	(void)state;
	for (size = 0; size <= sizeof(damaged); size++)
		for (i = 0; i < size; i++) {
			memcpy(damaged, positions, size);
			damaged[i] = 0xff;
			v8_position_find(damaged, size, CALL_BYTECODE, &position);
			v8_baseline_find(damaged, size, &based, CALL_END, &at);
		}
	assert_false(v8_position_find(positions, 0, 0, &position));
	assert_false(v8_baseline_find(lengths, 0, &based, CALL_END, &at));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_position), cmocka_unit_test(test_inlined),
		cmocka_unit_test(test_baseline), cmocka_unit_test(test_wide),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
