// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the rows of the kernel's tables, and removes the smallest ones. */
#include "collect/bpf/tables.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A table that is gone through; the key after the present one is known, so that that may go. */
struct walk {
	int map;
	size_t key_size;
	bool more;
	char next[sizeof(struct wait_key)];
};

static void walk_begin(struct walk *walk, int map, size_t key_size)
{
	walk->map = map;
	walk->key_size = key_size;
	walk->more = !bpf_map_get_next_key(map, NULL, walk->next);
}

/* The next row. False: there is no more. */
static bool walk_next(struct walk *walk, void *key, void *value)
{
	while (walk->more) {
		memcpy(key, walk->next, walk->key_size);
		walk->more = !bpf_map_get_next_key(walk->map, key, walk->next);
		if (!bpf_map_lookup_elem(walk->map, key, value))
			return true;
	}
	return false;
}

/* Does what found() said. 0: go on. */
static int walk_do(const struct walk *walk, const void *key, int result, __u64 *gone)
{
	if (result != TABLES_TAKE_OUT)
		return result;
	if (!bpf_map_delete_elem(walk->map, key) && gone)
		(*gone)++;
	return 0;
}

int tables_read_waits(int map, tables_found_wait *found, void *arg)
{
	struct wait_total total;
	struct wait_key key;
	struct walk walk;
	int result = 0;

	walk_begin(&walk, map, sizeof(key));
	while (!result && walk_next(&walk, &key, &total))
		result = walk_do(&walk, &key, found(arg, &key, &total), NULL);
	return result;
}

/* What found() said of the last call that was made. */
static int read_row(const struct call_total *row, const struct process_key *key,
		    tables_found_call *found, void *arg)
{
	int result = 0, said;
	__u32 call;

	for (call = 0; call < WIRE_CALLS && result >= 0; call++) {
		struct call_total total = row[call];
		struct call_key of = { key->process_start_ns, key->tgid, (__s32)call };

		if (!total.count)
			continue;
		said = found(arg, &of, &total);
		if (said)
			result = said;
	}
	return result;
}

int tables_read_call_rows(int processes, int rows_map, tables_found_call *found, void *arg)
{
	size_t size = (size_t)WIRE_CALL_ROWS * WIRE_CALLS * sizeof(struct call_total);
	const struct call_total *rows = mmap(NULL, size, PROT_READ, MAP_SHARED, rows_map, 0);
	struct process_key key;
	struct walk walk;
	int result = 0;
	__u32 row;

	if (rows == MAP_FAILED)
		return -errno;
	walk_begin(&walk, processes, sizeof(key));
	while (!result && walk_next(&walk, &key, &row))
		if (row < WIRE_CALL_ROWS)
			result = walk_do(&walk, &key,
					 read_row(rows + row * WIRE_CALLS, &key, found, arg), NULL);
	munmap((void *)rows, size);
	return result;
}

int tables_read_calls(int map, tables_found_call *found, void *arg)
{
	struct call_total total;
	struct call_key key;
	struct walk walk;
	int result = 0;

	walk_begin(&walk, map, sizeof(key));
	while (!result && walk_next(&walk, &key, &total))
		result = walk_do(&walk, &key, found(arg, &key, &total), NULL);
	return result;
}

int tables_read_locks(int map, tables_found_lock *found, void *arg, __u64 *gone)
{
	struct lock_total total;
	struct lock_key key;
	struct walk walk;
	int result = 0;

	walk_begin(&walk, map, sizeof(key));
	while (!result && walk_next(&walk, &key, &total))
		result = walk_do(&walk, &key, found(arg, &key, &total), gone);
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

/*
 * All rows at once; fewer if some come and go during the read. Returns how many, or negative errno.
 */
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
