// SPDX-License-Identifier: GPL-2.0-or-later
/* Decodes the payload of a SCHEMA chunk: maps the file's fields to ours. */
#include <errno.h>

#include "trace/codec/decode.h"

static const struct field *field_named(int row, const char *name, size_t length)
{
	size_t i;

	for (i = 0; row >= 0 && i < row_kinds[row].field_count; i++)
		if (strlen(row_kinds[row].fields[i].name) == length &&
		    !memcmp(row_kinds[row].fields[i].name, name, length))
			return &row_kinds[row].fields[i];
	return NULL;
}

static int read_field(struct cursor *cursor, int row, struct file_field *ret)
{
	uint64_t coding, width, count;
	size_t length;
	const char *name = get_text(cursor, &length);

	coding = get_varint(cursor);
	width = get_varint(cursor);
	count = get_varint(cursor);
	if (cursor->bad || !coding || coding > TRACE_TEXT || !count || count > UINT16_MAX ||
	    (width != 1 && width != 2 && width != 4 && width != 8))
		return -EINVAL;
	ret->coding = (uint8_t)coding;
	ret->width = (uint8_t)width;
	ret->count = (uint32_t)count;
	ret->local = field_named(row, name, length);
	/* what is held in another way than here would mean something else */
	if (ret->local && (ret->local->coding != coding || (ret->local->count > 1) != (count > 1)))
		ret->local = NULL;
	return 0;
}

static int read_kind(struct cursor *cursor, struct file_kind *ret)
{
	uint64_t flags, fields;
	size_t length, i;
	const char *name = get_text(cursor, &length);
	int error = 0;

	flags = get_varint(cursor);
	fields = get_varint(cursor);
	if (cursor->bad || fields > FIELDS_MAX || !fields)
		return -EINVAL;
	ret->row = -1;
	for (i = 0; i < NR_ROW_KINDS; i++)
		if (strlen(row_kinds[i].name) == length &&
		    !memcmp(row_kinds[i].name, name, length) && row_kinds[i].flags == flags)
			ret->row = (int)i;
	ret->flags = (uint32_t)flags;
	ret->field_count = fields;
	for (i = 0; i < fields && !error; i++)
		error = read_field(cursor, ret->row, &ret->fields[i]);
	return error;
}

int decode_schema(struct decoder *decoder, const uint8_t *bytes, size_t length)
{
	struct cursor cursor = { bytes, bytes + length, false };
	uint64_t kinds = get_varint(&cursor), i;
	int error = 0;

	decoder->kind_count = 0;
	if (cursor.bad || !kinds || kinds > DECODE_MAX_KINDS)
		return -EINVAL;
	memset(decoder->kinds, 0, sizeof(decoder->kinds));
	for (i = 0; i < kinds && !error; i++)
		error = read_kind(&cursor, &decoder->kinds[i]);
	if (!error)
		decoder->kind_count = kinds;
	return error;
}
