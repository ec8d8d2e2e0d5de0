// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows and strings by the numbers that a file gives them, within bounds. */
#include <errno.h>

#include "trace/codec/decode_parts.h"

#define MAX_STRING_BYTES (64U << 20)

void table_row_free(struct decoded_row *row)
{
	if (!row)
		return;
	free(row->values);
	predict_free(&row->steady);
	free(row->lost);
	free(row);
}

void table_free(struct decoded_table *table)
{
	size_t i;

	for (i = 0; i < table->capacity; i++)
		table_row_free(table->by_serial[i]);
	for (i = 0; i < table->string_count; i++)
		free(table->strings[i]);
	free(table->by_serial);
	free(table->order);
	free(table->older);
	free(table->strings);
	memset(table, 0, sizeof(*table));
	table->next_serial = 1;
}

/* Room for an entry at this place, with nothing in between. */
int table_grow(void **items, size_t *capacity, size_t place, size_t size)
{
	size_t want = *capacity ? *capacity : 64;
	void *grown;

	if (place < *capacity)
		return 0;
	while (want <= place)
		want *= 2;
	grown = realloc(*items, want * size);
	if (!grown)
		return -ENOMEM;
	memset((char *)grown + *capacity * size, 0, (want - *capacity) * size);
	*items = grown;
	*capacity = want;
	return 0;
}

struct decoded_row *table_row(const struct decoded_table *table, uint64_t serial)
{
	return serial < table->capacity ? table->by_serial[serial] : NULL;
}

int table_add_row(struct decoded_table *table, uint64_t serial, int row, struct decoded_row **ret)
{
	struct decoded_row *made;

	if (serial >= MAX_SERIALS || table->rows >= DECODE_MAX_ROWS)
		return -EINVAL;
	if (table_grow((void **)&table->by_serial, &table->capacity, serial,
		       sizeof(*table->by_serial)))
		return -ENOMEM;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->row = row;
	made->serial = serial;
	made->values = row < 0 ? NULL : calloc(1, row_kinds[row].size);
	if (row >= 0 && !made->values) {
		free(made);
		return -ENOMEM;
	}
	table->by_serial[serial] = made;
	table->rows++;
	*ret = made;
	return 0;
}

static int string_add(struct decoded_table *table, const char *text, size_t length)
{
	if (table->string_bytes + length > MAX_STRING_BYTES)
		return -EINVAL;
	if (table_grow((void **)&table->strings, &table->string_capacity, table->string_count,
		       sizeof(*table->strings)))
		return -ENOMEM;
	table->strings[table->string_count] = strndup(text, length);
	if (!table->strings[table->string_count])
		return -ENOMEM;
	table->string_count++;
	table->string_bytes += length + sizeof(char *);
	return 0;
}

int table_string(struct decoded_table *table, struct cursor *cursor, const char **ret)
{
	uint64_t number = get_varint(cursor);
	const char *text;
	size_t length;
	int error;

	*ret = "";
	if (cursor->bad)
		return -EINVAL;
	if (!number) {
		text = get_text(cursor, &length);
		if (cursor->bad)
			return -EINVAL;
		error = string_add(table, text, length);
		if (!error)
			*ret = table->strings[table->string_count - 1];
		return error;
	}
	if (number > table->string_count)
		return -EINVAL;
	if (table->strings[number - 1]) /* else its chunk is lost: unknown */
		*ret = table->strings[number - 1];
	return 0;
}
