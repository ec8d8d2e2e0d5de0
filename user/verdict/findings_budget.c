// SPDX-License-Identifier: GPL-2.0-or-later
/* What a watch gave up to keep its budget. Receives the model; hands on a finding that says so. */
#include <stdio.h>

#include "lib/units.h"
#include "verdict/findings.h"

#define DETAIL_NAME(number, ident, name, meaning) [number] = (name),
static const char *const detail_names[NR_DETAILS] = { BOUNDBY_DETAILS(DETAIL_NAME) };
#undef DETAIL_NAME

/* The share is of what was given up for longest. */
bool findings_given_up(const struct findings_input *input, struct verdict_finding *ret)
{
	const struct model *model = input->model;
	char text[160] = "", share[UNITS_LEN];
	uint64_t longest = 0, ns;
	size_t length = 0;
	int i;

	for (i = 0; i < NR_DETAILS && length < sizeof(text); i++) {
		ns = model->overhead.given_up_ns[i];
		if (!ns || !model->duration_ns)
			continue;
		if (ns > longest)
			longest = ns;
		units_share((double)ns / (double)model->duration_ns, share);
		length += (size_t)snprintf(
			text + length, sizeof(text) - length, "%s%s for %s", length ? ", " : "",
			i == DETAIL_AT_CONTINUOUS ? "watching itself" : detail_names[i], share);
	}
	if (!longest)
		return false;
	ret->value = (double)longest / (double)model->duration_ns;
	snprintf(ret->detail, sizeof(ret->detail),
		 "to keep the budget, given up were: %s of the time", text);
	return true;
}
