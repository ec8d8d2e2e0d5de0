/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The formats themselves: private to export.c and the file of each. */
#ifndef BOUNDBY_RENDER_EXPORT_EXPORT_PARTS_H
#define BOUNDBY_RENDER_EXPORT_EXPORT_PARTS_H

#include "render/export/export.h"

/* For the end of each step: 0, or -1 when something did not reach out (errno set). */
int export_written(FILE *out);

const char *export_state_name(uint32_t state); /* enum ledger_state */
const char *export_object_name(uint32_t object); /* enum blocked_object, "" none */

/* The target's class in the window that the report is of. */
enum verdict_class export_class(const struct report *report);

int folded_put(void *state, const struct report *report, FILE *out);
int pprof_put(void *state, const struct report *report, FILE *out);
int chrome_begin(void **state, FILE *out);
int chrome_put(void *state, const struct report *report, FILE *out);
int chrome_end(void *state, FILE *out);
int ndjson_put(void *state, const struct report *report, FILE *out);
int csv_begin(void **state, FILE *out);
int csv_put(void *state, const struct report *report, FILE *out);

#endif
