/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of options. A row makes an option: the parser, the checks, help, the man page and the
 * completions read this list.
 */
#ifndef BOUNDBY_CLI_OPTION_ROW_H
#define BOUNDBY_CLI_OPTION_ROW_H

#include "cli/commands.h"
#include "cli/options/option_set.h"

#define OPTION_LONG_ONLY 256 /* from here up an id is no letter */

enum option_id {
	OPTION_NO_CHILDREN = OPTION_LONG_ONLY,
	OPTION_DEPTH,
	OPTION_STALL,
	OPTION_SET,
	OPTION_FAIL_ON,
	OPTION_CALIBRATE,
	OPTION_BTF,
	OPTION_FROM,
	OPTION_TO,
	OPTION_AT,
	OPTION_EVENTS,
	OPTION_BUDGET,
	OPTION_DIR,
	OPTION_KEEP,
	OPTION_MAX_SIZE,
	OPTION_LISTEN,
	OPTION_TEXTFILE,
	OPTION_CONTROL,
	OPTION_CONFIG,
	OPTION_HOOK,
	OPTION_HOOK_USER,
	OPTION_PER_THREAD,
	OPTION_LABEL,
	OPTION_MAN,
	OPTION_WHAT,
	OPTION_HTML,
};

struct option_row {
	int id; /* the short letter, or enum option_id */
	const char *name;
	const char *argument; /* NULL: takes none; "[...": it may be left out */
	const char *help; /* what ends in ':' is followed by the choices */
	uint32_t takes; /* bit per enum command_id: the commands that know it */
	const char *instead; /* for the sentence that refuses it elsewhere; NULL: nothing to add */
	/* Reads text (NULL where it was left out) into the field. 0, or -1 with e filled. */
	int (*parse)(const struct option_row *row, const char *text, struct options *ret,
		     struct err *e);
	size_t offset, count; /* of the field in struct options; of a list's length, 0: no list */
	enum completion complete;
	const char *(*choice)(size_t i); /* the values that are possible, NULL past the last */
	bool reloads; /* a running watch takes on another value */
};

/* The field that a row names. */
static inline void *option_field(const struct option_row *row, struct options *options)
{
	return (char *)options + row->offset;
}

static inline size_t *option_list_count(const struct option_row *row, struct options *options)
{
	return (size_t *)(void *)((char *)options + row->count);
}

static inline bool option_takes(const struct option_row *row, enum command_id command)
{
	return row->takes >> command & 1;
}

#endif
