// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the rows of the kernel's tables, and removes the smallest ones. */
#include "collect/bpf/tables.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define BATCH_FIRST 1024 /* rows read in one call, ... */
#define BATCH_MOST 65536 /* ... at most: more never share one bucket */

/* A table that is gone through, many rows at a time; what has been read may be taken out. */
struct walk {
	int map;
	size_t key_size, value_size;
	char *keys, *values;
	__u32 size, filled, at; /* rows: there is room for, were read, were given */
	__u32 token; /* where the next batch begins, once the first was read */
	bool begun, last;
};

static void walk_end(struct walk *walk)
{
	free(walk->keys);
	free(walk->values);
	walk->keys = walk->values = NULL;
}

static int walk_room(struct walk *walk, __u32 size)
{
	walk_end(walk);
	walk->size = size;
	walk->keys = calloc(size, walk->key_size);
	walk->values = calloc(size, walk->value_size);
	return walk->keys && walk->values ? 0 : -ENOMEM;
}

static int walk_begin(struct walk *walk, int map, size_t key_size, size_t value_size)
{
	*walk = (struct walk){ .map = map, .key_size = key_size, .value_size = value_size };
	return walk_room(walk, BATCH_FIRST);
}

/* Reads the next batch. 0, or negative errno. */
static int walk_fill(struct walk *walk)
{
	__u32 token;
	int error;

	for (;;) {
		walk->at = 0;
		walk->filled = walk->size;
		error = bpf_map_lookup_batch(walk->map, walk->begun ? &walk->token : NULL, &token,
					     walk->keys, walk->values, &walk->filled, NULL) ?
				-errno :
				0;
		if (error != -ENOSPC || walk->size >= BATCH_MOST)
			break;
		/* a bucket is given as a whole */
		error = walk_room(walk, 4 * walk->size);
		if (error)
			break;
	}
	if (error && error != -ENOENT) {
		walk->filled = 0;
		return error;
	}
	walk->token = token;
	walk->begun = true;
	walk->last = error == -ENOENT;
	return 0;
}

/* The next row. 1: there is one, 0: there is no more, negative errno. */
static int walk_next(struct walk *walk, void *key, void *value)
{
	int error;

	while (walk->at == walk->filled) {
		if (walk->last)
			return 0;
		error = walk_fill(walk);
		if (error)
			return error;
	}
	memcpy(key, walk->keys + walk->at * walk->key_size, walk->key_size);
	memcpy(value, walk->values + walk->at * walk->value_size, walk->value_size);
	walk->at++;
	return 1;
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

/* Goes through a table: `row` is one statement that gives the result for key and value. */
#define WALK(table, key, value, gone, row)                                            \
	({                                                                            \
		struct walk walk_;                                                    \
		int more_ = walk_begin(&walk_, table, sizeof(key), sizeof(value));    \
		int result_ = more_;                                                  \
                                                                                      \
		while (!result_ && (more_ = walk_next(&walk_, &(key), &(value))) > 0) \
			result_ = walk_do(&walk_, &(key), (row), gone);               \
		walk_end(&walk_);                                                     \
		result_ ? result_ : more_;                                            \
	})

int tables_read_waits(int map, tables_found_wait *found, void *arg)
{
	struct wait_total total;
	struct wait_key key;

	return WALK(map, key, total, NULL, found(arg, &key, &total));
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
	int result;
	__u32 row;

	if (rows == MAP_FAILED)
		return -errno;
	result = WALK(processes, key, row, NULL,
		      row < WIRE_CALL_ROWS ? read_row(rows + row * WIRE_CALLS, &key, found, arg) :
					     0);
	munmap((void *)rows, size);
	return result;
}

int tables_read_calls(int map, tables_found_call *found, void *arg)
{
	struct call_total total;
	struct call_key key;

	return WALK(map, key, total, NULL, found(arg, &key, &total));
}

int tables_read_locks(int map, tables_found_lock *found, void *arg, __u64 *gone)
{
	struct lock_total total;
	struct lock_key key;

	return WALK(map, key, total, gone, found(arg, &key, &total));
}

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
	struct lock_total total;
	struct lock_key key;
	size_t count = 0;
	int result =
		WALK(map, key, total, NULL,
		     count == most ?
			     -ENOSPC :
			     (rows[count++] = (struct lock_row){ key, total.count, total.ns }, 0));

	return result && result != -ENOSPC ? result : (long)count;
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
