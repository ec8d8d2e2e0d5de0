// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds a format by its name, and shared parts of several formats. */
#include "render/export/export.h"

#include <string.h>

#include "lib/state_names.h"
#include "render/export/export_parts.h"

/* Of formats that keep nothing from one report to the next. */
static int begin_nothing(void **state, FILE *out)
{
	*state = NULL;
	return 0;
}

static int end_nothing(void *state, FILE *out)
{
	return export_written(out);
}

static const struct export_format formats[] = {
	{ "folded", false, begin_nothing, folded_put, end_nothing },
	{ "pprof", false, begin_nothing, pprof_put, end_nothing },
	{ "chrome", true, chrome_begin, chrome_put, chrome_end },
	{ "ndjson", true, begin_nothing, ndjson_put, end_nothing },
	{ "csv", true, csv_begin, csv_put, end_nothing },
};

const struct export_format *export_at(size_t i)
{
	return i < sizeof(formats) / sizeof(formats[0]) ? &formats[i] : NULL;
}

const struct export_format *export_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	return NULL;
}

int export_written(FILE *out)
{
	return fflush(out) || ferror(out) ? -1 : 0;
}

const char *export_state_name(uint32_t state)
{
	return state < NR_STATES ? state_name(state) : "other";
}

const char *export_object_name(uint32_t object)
{
	return object && object < NR_OBJECTS ? object_name(object) : "";
}

/* The timeline judges a window as a part of a longer watch; the verdict may find it too short. */
enum verdict_class export_class(const struct report *report)
{
	const struct timeline *timeline = report->timeline;

	return timeline && timeline->count ? timeline->windows[timeline->count - 1].class :
					     report->verdict->class;
}
