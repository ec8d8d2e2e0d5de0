/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of the JSON report: private to the files json*.c. */
#ifndef BOUNDBY_RENDER_JSON_JSON_PARTS_H
#define BOUNDBY_RENDER_JSON_JSON_PARTS_H

#include "render/json/json_put.h"
#include "render/report.h"

/* Each adds a member to an object: an instant of the capture as RFC 3339, and what their names say. */
void json_put_time(struct json_object *to, const char *key, const struct model *model,
		   uint64_t monotonic_ns);
void json_put_ledger(struct json_object *to, const char *key, const struct ledger *ledger);
void json_put_switches(struct json_object *to, const struct record_capture *capture,
		       const struct switch_counts *counts, const struct ledger *time);
void json_put_label(struct json_object *row, const struct record_label *label);
void json_put_verdict(struct json_object *to, const struct verdict *verdict);

/* Adds the process at this place of the model to a list. 0 or -ENOMEM. */
int json_put_process(struct json_object *list, const struct report *report,
		     const struct render_options *options, size_t at);

#endif
