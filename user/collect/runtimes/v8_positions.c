// SPDX-License-Identifier: GPL-2.0-or-later
/* V8's source-position-table.cc and bytecode-offset-iterator.h. */
#include "collect/runtimes/v8_positions.h"

#define MORE 0x80 /* another byte follows */
#define SHIFT_MOST 56
#define POSITION_MASK 0x3fffffff
#define INLINED_MASK 0xffff
#define PREFIXES 4 /* bytecodes that widen the next: wide, extra wide, and both for debuggers */

/* Seven bits each, lowest first. False: the table ends within it. */
static bool take(const __u8 *table, size_t size, size_t *at, __u64 *ret)
{
	unsigned int shift = 0;

	*ret = 0;
	while (*at < size && shift <= SHIFT_MOST) {
		*ret |= (__u64)(table[*at] & 0x7f) << shift;
		shift += 7;
		if (!(table[(*at)++] & MORE))
			return true;
	}
	return false;
}

static bool take_signed(const __u8 *table, size_t size, size_t *at, __s64 *ret)
{
	__u64 value;

	if (!take(table, size, at, &value))
		return false;
	*ret = (__s64)(value >> 1) ^ -(__s64)(value & 1);
	return true;
}

bool v8_position_of(__u64 packed, struct v8_position *ret)
{
	__u32 offset = packed >> 1 & POSITION_MASK;

	ret->inlined = packed >> 31 & INLINED_MASK;
	ret->offset = offset - 1;
	return offset && !(packed & 1); /* bit 0: a position in C++ */
}

bool v8_position_find(const __u8 *table, size_t size, __u32 at, struct v8_position *ret)
{
	__s64 code_step, step;
	__u64 code = (__u64)-1, packed = 0;
	bool found = false;
	size_t i = 0;

	while (take_signed(table, size, &i, &code_step) && take_signed(table, size, &i, &step)) {
		/* a negative one marks what is no statement */
		code += (__u64)(code_step >= 0 ? code_step : -(code_step + 1));
		if ((__s64)code > (__s64)at) /* the first can be -1: the entry */
			break;
		packed += (__u64)step;
		found = true;
	}
	return found && v8_position_of(packed, ret);
}

/* Length of the bytecode at an offset, 0: there is none. */
static size_t bytecode_length(const struct v8_bytecodes *bytecodes, size_t at)
{
	size_t row = 0, prefix = 0, length;
	__u8 code;

	if (at >= bytecodes->size)
		return 0;
	code = bytecodes->bytes[at];
	if (code < PREFIXES) {
		if (at + 1 >= bytecodes->size)
			return 0;
		row = code & 1 ? 2 : 1;
		prefix = 1;
		code = bytecodes->bytes[at + 1];
	}
	length = code < bytecodes->count ? bytecodes->sizes[row * bytecodes->count + code] : 0;
	return length ? prefix + length : 0;
}

bool v8_baseline_find(const __u8 *table, size_t size, const struct v8_bytecodes *bytecodes,
		      __u32 end, __u32 *ret)
{
	size_t i = 0, at = 0, length;
	__u64 reached, step;
	bool begun = false;

	if (!take(table, size, &i, &reached)) /* what comes before the first bytecode */
		return false;
	while (reached < end) {
		length = begun ? bytecode_length(bytecodes, at) : 0;
		if ((begun && !length) || !take(table, size, &i, &step) || step > (__u64)1 << 32)
			return false;
		at += length;
		begun = true;
		reached += step;
	}
	*ret = (__u32)at;
	return begun && at < bytecodes->size;
}
