// SPDX-License-Identifier: GPL-2.0-or-later
/* Puts values into json-c objects: figures and text that may be hostile; unknown becomes null. */
#include "render/json/json_put.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/units.h"
#include "trace/record.h"

struct json_object *json_put(struct json_object *to, const char *key, struct json_object *value)
{
	json_object_object_add(to, key, value);
	return value;
}

void json_put_count(struct json_object *to, const char *key, uint64_t value)
{
	json_put(to, key, value == RECORD_UNKNOWN ? NULL : json_object_new_uint64(value));
}

struct json_object *json_clean_string(const char *text)
{
	char clean[256];

	return json_object_new_string(units_printable(text, strlen(text), clean, sizeof(clean)));
}

void json_put_text(struct json_object *to, const char *key, const char *text, size_t length)
{
	char clean[256];

	json_put(to, key,
		 json_object_new_string(units_printable(text, length, clean, sizeof(clean))));
}

void json_put_string(struct json_object *to, const char *key, const char *text)
{
	json_put_text(to, key, text, strlen(text));
}

void json_put_known(struct json_object *to, const char *key, const char *text)
{
	json_put_known_text(to, key, text, strlen(text));
}

void json_put_known_text(struct json_object *to, const char *key, const char *text, size_t length)
{
	if (length && text[0])
		json_put_text(to, key, text, length);
	else
		json_put(to, key, NULL);
}

/* Six significant digits; null when the number cannot be formed. */
void json_put_number(struct json_object *to, const char *key, double value)
{
	char text[UNITS_LEN];

	if (!isfinite(value)) {
		json_put(to, key, NULL);
		return;
	}
	snprintf(text, sizeof(text), "%.6g", value);
	json_put(to, key, json_object_new_double_s(value, text));
}
