/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members of JSON objects: what was not measured is null, text from outside is made printable. */
#ifndef BOUNDBY_RENDER_JSON_JSON_PUT_H
#define BOUNDBY_RENDER_JSON_JSON_PUT_H

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>

/* Each adds a member to an object, which owns it from then on. This one returns the value. */
struct json_object *json_put(struct json_object *to, const char *key, struct json_object *value);

/* RECORD_UNKNOWN: null. */
void json_put_count(struct json_object *to, const char *key, uint64_t value);

/* Six significant digits; null when the number cannot be formed. */
void json_put_number(struct json_object *to, const char *key, double value);

void json_put_text(struct json_object *to, const char *key, const char *text, size_t length);
void json_put_string(struct json_object *to, const char *key, const char *text);

/* "" is not known: null. */
void json_put_known(struct json_object *to, const char *key, const char *text);
void json_put_known_text(struct json_object *to, const char *key, const char *text, size_t length);

/* A new string, for an array. */
struct json_object *json_clean_string(const char *text);

#endif
