// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds a format by its name, and shared parts of several formats. */
#include "render/export/export.h"

#include <string.h>

#include "lib/state_names.h"
#include "render/export/export_parts.h"

int export_begin(void **state, uint32_t views, FILE *out)
{
	*state = NULL;
	return 0;
}

int export_end(void *state, FILE *out)
{
	return export_written(out);
}

#define FORMAT_ROW(name, windows, begin, put, end) { name, windows, begin, put, end },
static const struct export_format formats[] = { EXPORT_FORMATS(FORMAT_ROW) };
#undef FORMAT_ROW

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
