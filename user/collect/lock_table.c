// SPDX-License-Identifier: GPL-2.0-or-later
/* Receives the table's map; takes its least rows out. */
#include "collect/lock_table.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

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

int lock_table_trim(int map, __u32 most, __u64 *gone, __u64 *dropped, __u64 *dropped_ns)
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
