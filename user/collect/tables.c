// SPDX-License-Identifier: GPL-2.0-or-later
/* Receives the kernel's tables by descriptor; hands on their rows, and takes the least out. */
#include "collect/tables.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/*
 * Goes through a table: the next key, and its value. A row that goes meanwhile is passed over. *at:
 * NULL to begin, else the key of the last row. False: there is no more.
 */
static bool next_row(int map, const void **at, void *key, void *value, size_t key_size)
{
	char next[sizeof(struct wait_key)];

	for (;;) {
		if (bpf_map_get_next_key(map, *at, next))
			return false;
		memcpy(key, next, key_size);
		*at = key;
		if (!bpf_map_lookup_elem(map, key, value))
			return true;
	}
}

int tables_read_waits(int map, tables_found_wait *found, void *arg)
{
	const void *at = NULL;
	struct wait_key key;
	struct wait_total total;
	int result = 0;

	while (!result && next_row(map, &at, &key, &total, sizeof(key)))
		result = found(arg, &key, &total);
	return result;
}

int tables_read_call_rows(int processes, int rows_map, tables_found_call *found, void *arg)
{
	size_t size = (size_t)WIRE_CALL_ROWS * WIRE_CALLS * sizeof(struct call_total);
	const struct call_total *rows = mmap(NULL, size, PROT_READ, MAP_SHARED, rows_map, 0);
	const void *at = NULL;
	struct process_key key;
	__u32 row, call;
	int result = 0;

	if (rows == MAP_FAILED)
		return -errno;
	while (!result && next_row(processes, &at, &key, &row, sizeof(key)))
		for (call = 0; row < WIRE_CALL_ROWS && call < WIRE_CALLS && !result; call++) {
			struct call_total total = rows[row * WIRE_CALLS + call];
			struct call_key of = { key.process_start_ns, key.tgid, (__s32)call };

			if (total.count)
				result = found(arg, &of, &total);
		}
	munmap((void *)rows, size);
	return result;
}

int tables_read_calls(int map, tables_found_call *found, void *arg)
{
	const void *at = NULL;
	struct call_key key;
	struct call_total total;
	int result = 0;

	while (!result && next_row(map, &at, &key, &total, sizeof(key)))
		result = found(arg, &key, &total);
	return result;
}

int tables_read_locks(int map, tables_found_lock *found, void *arg)
{
	const void *at = NULL;
	struct lock_key key;
	struct lock_total total;
	int result = 0;

	while (!result && next_row(map, &at, &key, &total, sizeof(key)))
		result = found(arg, &key, &total);
	return result;
}

#define LOCK_BATCH 1024 /* rows read in one call */

struct lock_row {
	struct lock_key key;
	__u64 count, ns;
};

static int compare_rows(const void *a, const void *b)
{
	const struct lock_row *one = a, *other = b;

	return (one->ns > other->ns) - (one->ns < other->ns);
}

/* All rows at once; fewer when some come and go meanwhile. Returns how many, or negative errno. */
static long copy_rows(int map, struct lock_row *rows, __u32 most)
{
	struct lock_key *keys = calloc(LOCK_BATCH, sizeof(*keys));
	struct lock_total *totals = calloc(LOCK_BATCH, sizeof(*totals));
	__u32 token, got, i;
	size_t count = 0;
	bool first = true;
	int error = keys && totals ? 0 : -ENOMEM;

	while (!error && count < most) {
		got = most - count < LOCK_BATCH ? most - (__u32)count : LOCK_BATCH;
		error = bpf_map_lookup_batch(map, first ? NULL : &token, &token, keys, totals, &got,
					     NULL) ?
				-errno :
				0;
		if (error && error != -ENOENT)
			break;
		for (i = 0; i < got; i++)
			rows[count++] = (struct lock_row){ keys[i], totals[i].count, totals[i].ns };
		first = false;
	}
	free(keys);
	free(totals);
	return error && error != -ENOENT ? error : (long)count;
}

int tables_trim_locks(int map, __u32 most, __u64 *gone, __u64 *dropped, __u64 *dropped_ns)
{
	struct lock_row *rows = calloc(most, sizeof(*rows));
	long count = rows ? copy_rows(map, rows, most) : -ENOMEM, i;

	if (count > 0)
		qsort(rows, (size_t)count, sizeof(*rows), compare_rows);
	for (i = 0; i < count / 2; i++) {
		if (bpf_map_delete_elem(map, &rows[i].key))
			continue;
		(*gone)++;
		if (!(rows[i].key.role & LOCK_ROLE_HOLDER)) {
			*dropped += rows[i].count;
			*dropped_ns += rows[i].ns;
		}
	}
	free(rows);
	return count < 0 ? (int)count : 0;
}
