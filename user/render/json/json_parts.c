// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON members used in several places: ledgers, switches, verdicts. */
#include <json-c/json.h>
#include <math.h>

#include "lib/state_names.h"
#include "lib/units.h"
#include "render/json/json_parts.h"

void json_put_time(struct json_object *to, const char *key, const struct model *model,
		   uint64_t monotonic_ns)
{
	char text[UNITS_UTC_LEN];

	json_put_string(to, key, units_utc(monotonic_ns + model->capture.start_realtime_ns, text));
}

void json_put_ledger(struct json_object *to, const char *key, const struct ledger *ledger)
{
	struct json_object *time = json_put(to, key, json_object_new_object()), *part;
	int i;

	json_put_count(time, "wall_ns", ledger->wall_ns);
	json_put_count(time, "on_cpu_ns", ledger->state_ns[STATE_ON_CPU]);
	json_put_count(time, "unobserved_ns", ledger->state_ns[STATE_UNOBSERVED]);
	part = json_put(time, "runnable_ns", json_object_new_object());
	json_put_count(part, "wakeup", ledger->state_ns[STATE_RUNNABLE_WAKEUP]);
	json_put_count(part, "preempted", ledger->state_ns[STATE_RUNNABLE_PREEMPTED]);
	json_put_count(part, "throttled", ledger->throttled_ns);
	part = json_put(time, "blocked_ns", json_object_new_object());
	for (i = STATE_RUNNABLE_PREEMPTED + 1; i < NR_STATES; i++)
		json_put_count(part, state_name((uint32_t)i), ledger->state_ns[i]);
}

void json_put_switches(struct json_object *to, const struct record_capture *capture,
		       const struct switch_counts *counts, const struct ledger *time)
{
	struct json_object *switches = json_put(to, "switches", json_object_new_object());
	uint64_t cost = switches_cost(capture, counts), on_cpu = time->state_ns[STATE_ON_CPU];

#define PUT_COUNTER(name) json_put_count(switches, #name, counts->name);
	THREAD_COUNTERS(PUT_COUNTER)
#undef PUT_COUNTER
	json_put_count(switches, "cost_ns", cost);
	json_put_number(switches, "cpu_share",
			cost != RECORD_UNKNOWN && on_cpu ? (double)cost / (double)on_cpu : NAN);
	json_put(switches, "extra_misses", NULL); /* needs hardware counters */
}

/* The lines of a cause, or why there are none. */
static void put_places(struct json_object *to, const struct verdict_cause *cause)
{
	struct json_object *list = json_put(to, "places", json_object_new_array()), *row;
	size_t i;

	for (i = 0; i < cause->place_count; i++) {
		json_object_array_add(list, row = json_object_new_object());
		json_put_string(row, "where", cause->places[i].where);
		json_put_number(row, "share", cause->places[i].share);
		json_put_number(row, "margin", cause->places[i].margin);
		json_put_count(row, "samples", cause->places[i].samples);
	}
	json_put_known(to, "no_place", cause->no_place ? cause->no_place : "");
}

void json_put_verdict(struct json_object *to, const struct verdict *verdict)
{
	struct json_object *object = json_put(to, "verdict", json_object_new_object()), *list, *row;
	size_t i;

	json_put_string(object, "class", verdict_class_name(verdict->class));
	json_put_string(object, "confidence", confidence_name(verdict->confidence));
	json_put_string(object, "headline", verdict->headline);
	list = json_put(object, "causes", json_object_new_array());
	for (i = 0; i < verdict->cause_count; i++) {
		json_object_array_add(list, row = json_object_new_object());
		json_put_string(row, "kind", verdict->causes[i].kind);
		json_put_number(row, "share", verdict->causes[i].share);
		json_put_string(row, "detail", verdict->causes[i].detail);
		json_put_known(row, "where", verdict->causes[i].where);
		put_places(row, &verdict->causes[i]);
	}
	list = json_put(object, "evidence", json_object_new_array());
	for (i = 0; i < verdict->evidence_count; i++) {
		json_object_array_add(list, row = json_object_new_object());
		json_put_string(row, "rule", verdict->evidence[i].rule);
		json_put_number(row, "value", verdict->evidence[i].value);
		json_put_number(row, "threshold", verdict->evidence[i].threshold);
		json_put_string(row, "unit", verdict->evidence[i].unit);
	}
	list = json_put(object, "findings", json_object_new_array());
	for (i = 0; i < verdict->finding_count; i++) {
		json_object_array_add(list, row = json_object_new_object());
		json_put_string(row, "kind", verdict->findings[i].kind);
		json_put_string(row, "detail", verdict->findings[i].detail);
		json_put_number(row, "value", verdict->findings[i].value);
	}
	list = json_put(object, "unmeasured", json_object_new_array());
	for (i = 0; i < verdict->unmeasured_count; i++)
		json_object_array_add(list, json_object_new_string(verdict->unmeasured[i]));
	row = json_put(object, "advice", json_object_new_object());
	if (verdict->advice_model[0])
		json_put_string(row, "model", verdict->advice_model);
	else
		json_put(row, "model", NULL);
	json_put_count(row, "workers",
		       verdict->advice_workers ? (uint64_t)verdict->advice_workers :
						 RECORD_UNKNOWN);
	json_put_string(row, "now", verdict->advice_now);
	json_put_string(row, "next", verdict->advice_next);
}
