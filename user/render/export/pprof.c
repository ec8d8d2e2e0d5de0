// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pprof's profile, compressed: one sample for each stack. Stalls and locks, which are on or off a CPU
 * too, have separate sample types, so that no type counts a nanosecond twice; time of rest is left
 * out unless it is asked for. The cause of a stall is the frame below the process, and a label: the
 * innermost frame stays the function, which is what -top sorts by.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "lib/texts.h"
#include "lib/units.h"
#include "render/export/export_parts.h"
#include "render/export/profile.pb-c.h"
#include "render/stacks.h"

enum value_kind {
	VALUE_SAMPLES,
	VALUE_WAITS,
	VALUE_CPU,
	VALUE_OFF_CPU,
	VALUE_STALL,
	VALUE_LOCK,
	NR_VALUES
};

#define VIEWS_IN_USE (1u << VIEW_ON_CPU | 1u << VIEW_OFF_CPU | 1u << VIEW_STALLS | 1u << VIEW_LOCKS)

#define GZIP 31 /* zlib's windowBits: the largest window, a gzip header (without a time) */

struct profile {
	Pprof__Profile *message; /* all in it is from malloc */
	struct texts texts, functions, frames; /* functions: name and file as one text */
	bool failed; /* out of memory */
};

/* ---- what the message is made of ------------------------------------------------------------- */
/* A new message at the end of a repeated field, or NULL. It grows at powers of two. */
static void *add(struct profile *profile, const ProtobufCMessageDescriptor *kind, void *field,
		 size_t *count)
{
	void **items, *item, *grown;

	memcpy(&items, field, sizeof(items));
	if (!(*count & (*count - 1))) {
		grown = realloc(items, (*count ? 2 * *count : 1) * sizeof(*items));
		if (!grown)
			goto failed;
		items = grown;
		memcpy(field, &items, sizeof(items));
	}
	item = malloc(kind->sizeof_message);
	if (!item)
		goto failed;
	protobuf_c_message_init(kind, item);
	items[(*count)++] = item;
	return item;
failed:
	profile->failed = true;
	return NULL;
}

/* Text that is printable already. */
static int64_t text_of(struct profile *profile, const char *text)
{
	size_t position = 0;

	if (texts_add(&profile->texts, text, &position))
		profile->failed = true;
	return (int64_t)position;
}

static int64_t name_of(struct profile *profile, const char *name, size_t length)
{
	char clean[RECORD_PLACE_LEN];

	return text_of(profile, units_printable(name, length, clean, sizeof(clean)));
}

static void set_kind(struct profile *profile, Pprof__Kind *kind, const char *type, const char *unit)
{
	if (!kind)
		return;
	kind->type = text_of(profile, type);
	kind->unit = text_of(profile, unit);
}

static void add_kind(struct profile *profile, const char *type, const char *unit)
{
	Pprof__Kind *kind = add(profile, &pprof__kind__descriptor, &profile->message->kinds,
				&profile->message->n_kinds);

	set_kind(profile, kind, type, unit);
}

/* ---- frames ---------------------------------------------------------------------------------- */
struct place {
	char name[RECORD_PLACE_LEN], file[RECORD_FILE_LEN];
	int64_t line; /* 0 not known */
};

/* "88" and then `after`: the number, else 0. */
static int64_t line_number(const char *text, char after)
{
	size_t digits = strspn(text, "0123456789");

	return digits && digits < 10 && text[digits] == after ? strtol(text, NULL, 10) : 0;
}

/* Interpreted: "app/db.py:88 fetch_user". */
static bool split_interpreted(const char *text, struct place *ret)
{
	const char *colon = strchr(text, ':');

	ret->line = colon ? line_number(colon + 1, ' ') : 0;
	if (!ret->line || memchr(text, ' ', (size_t)(colon - text)))
		return false;
	snprintf(ret->file, sizeof(ret->file), "%.*s", (int)(colon - text), text);
	snprintf(ret->name, sizeof(ret->name), "%s", strchr(colon, ' ') + 1);
	return true;
}

/* Native: "serve(int) at server.c:31 (server)"; the module stays with the name. */
static bool split_native(const char *text, struct place *ret)
{
	const char *module = NULL, *at = NULL, *colon, *found = text;

	while ((found = strstr(found, " at ")))
		at = found++;
	colon = at ? strchr(at, ':') : NULL;
	module = colon ? strchr(colon, ' ') : NULL;
	ret->line = module ? line_number(colon + 1, ' ') : 0;
	if (!ret->line || module[1] != '(')
		return false;
	snprintf(ret->file, sizeof(ret->file), "%.*s", (int)(colon - at - 4), at + 4);
	snprintf(ret->name, sizeof(ret->name), "%.*s%s", (int)(at - text), text, module);
	return true;
}

/* The function of a place; different lines of one function are different locations. */
static uint64_t function_of(struct profile *profile, const struct place *place)
{
	Pprof__Profile *message = profile->message;
	char key[sizeof(place->name) + sizeof(place->file) + 2];
	Pprof__Function *function;
	size_t position = 0;

	snprintf(key, sizeof(key), "%s %s", place->name, place->file);
	if (texts_add(&profile->functions, key, &position)) {
		profile->failed = true;
		return 0;
	}
	if (position < message->n_functions)
		return position + 1;
	function = add(profile, &pprof__function__descriptor, &message->functions,
		       &message->n_functions);
	if (!function)
		return 0;
	function->id = position + 1;
	function->name = text_of(profile, place->name);
	/* pprof cuts <...> and (...) from a name that is the system's too, as of templates */
	function->system_name = text_of(profile, key);
	function->file = text_of(profile, place->file);
	return function->id;
}

/* file: full path of the source, "" not known. */
static uint64_t location_of(struct profile *profile, const char *frame, const char *file)
{
	Pprof__Profile *message = profile->message;
	struct place place = { .file = "" };
	Pprof__Location *location;
	char text[RECORD_PLACE_LEN];
	size_t position = 0;
	Pprof__Line *line;

	units_printable(frame, strlen(frame), text, sizeof(text));
	if (texts_add(&profile->frames, text, &position)) {
		profile->failed = true;
		return 0;
	}
	if (position < message->n_locations)
		return position + 1;
	if (!split_interpreted(text, &place) && !split_native(text, &place))
		snprintf(place.name, sizeof(place.name), "%s", text[0] ? text : "?");
	if (file[0])
		units_printable(file, strlen(file), place.file, sizeof(place.file));
	location = add(profile, &pprof__location__descriptor, &message->locations,
		       &message->n_locations);
	line = location ? add(profile, &pprof__line__descriptor, &location->lines,
			      &location->n_lines) :
			  NULL;
	if (!line)
		return 0;
	location->id = position + 1;
	location->mapping = 1;
	line->function = function_of(profile, &place);
	line->number = place.line;
	return location->id;
}

/* ---- samples --------------------------------------------------------------------------------- */
static Pprof__Label *add_label(struct profile *profile, Pprof__Sample *sample, const char *key)
{
	Pprof__Label *label =
		add(profile, &pprof__label__descriptor, &sample->labels, &sample->n_labels);

	if (label)
		label->key = text_of(profile, key);
	return label;
}

static void label_text(struct profile *profile, Pprof__Sample *sample, const char *key,
		       const char *text, size_t length)
{
	Pprof__Label *label = add_label(profile, sample, key);

	if (label)
		label->text = name_of(profile, text, length);
}

static void label_number(struct profile *profile, Pprof__Sample *sample, const char *key,
			 uint32_t number)
{
	Pprof__Label *label = add_label(profile, sample, key);

	if (label)
		label->number = number;
}

static void add_labels(struct profile *profile, Pprof__Sample *sample, const struct stack *stack)
{
	const char *view = stack_view_name(stack->view);

	label_text(profile, sample, "process", stack->process->comm, RECORD_COMM_LEN);
	label_number(profile, sample, "pid", stack->process->pid);
	if (stack->thread)
		label_text(profile, sample, "thread", stack->thread->comm, RECORD_COMM_LEN);
	if (stack->tid)
		label_number(profile, sample, "tid", stack->tid);
	label_text(profile, sample, "view", view, strlen(view));
	label_text(profile, sample, "reason", stack->reason, strlen(stack->reason));
	if (stack->peer[0])
		label_text(profile, sample, "peer", stack->peer, strlen(stack->peer));
}

static int add_sample(void *context, const struct stack *stack)
{
	static const enum value_kind kinds[NR_VIEWS] = { [VIEW_ON_CPU] = VALUE_CPU,
							 [VIEW_OFF_CPU] = VALUE_OFF_CPU,
							 [VIEW_REST] = VALUE_OFF_CPU,
							 [VIEW_STALLS] = VALUE_STALL,
							 [VIEW_LOCKS] = VALUE_LOCK };
	struct profile *profile = context;
	Pprof__Sample *sample = add(profile, &pprof__sample__descriptor, &profile->message->samples,
				    &profile->message->n_samples);
	size_t i;

	if (!sample)
		return -ENOMEM;
	sample->values = calloc(NR_VALUES, sizeof(*sample->values));
	sample->locations = calloc(stack->frame_count + 2, sizeof(*sample->locations));
	if (!sample->values || !sample->locations)
		return -ENOMEM;
	sample->n_values = NR_VALUES;
	sample->values[stack->view == VIEW_ON_CPU ? VALUE_SAMPLES : VALUE_WAITS] =
		(int64_t)stack->count;
	sample->values[kinds[stack->view]] = (int64_t)stack->ns;
	for (i = 0; i < stack->frame_count; i++)
		sample->locations[sample->n_locations++] =
			location_of(profile, stack->frames[i].text, stack->frames[i].file);
	sample->locations[sample->n_locations++] = location_of(profile, stack->reason_frame, "");
	sample->locations[sample->n_locations++] = location_of(profile, stack->root, "");
	add_labels(profile, sample, stack);
	return profile->failed ? -ENOMEM : 0;
}

/* ---- the whole ------------------------------------------------------------------------------- */
/* Says that there is nothing left to look up: pprof would search for symbols else. */
static void add_mapping(struct profile *profile, const struct model *model)
{
	const struct process_model *first = model->process_count ? model->processes : NULL;
	Pprof__Mapping *mapping = add(profile, &pprof__mapping__descriptor,
				      &profile->message->mappings, &profile->message->n_mappings);

	if (!mapping)
		return;
	mapping->id = 1;
	mapping->has_functions = mapping->has_files = mapping->has_lines = true;
	if (first && first->exe[0])
		mapping->file = name_of(profile, first->exe, sizeof(first->exe));
	else if (first)
		mapping->file = name_of(profile, first->comm, sizeof(first->comm));
}

/* What one sample of computing stands for. */
static void set_period(struct profile *profile, const struct model *model)
{
	Pprof__Kind *kind = malloc(sizeof(*kind));
	uint64_t samples = 0, ns = 0;
	size_t i, j;

	profile->failed = profile->failed || !kind;
	if (!kind)
		return;
	pprof__kind__init(kind);
	set_kind(profile, kind, "cpu", "nanoseconds");
	profile->message->period_kind = kind;
	for (i = 0; i < model->process_count; i++)
		for (j = 0; j < model->processes[i].place_group_count; j++) {
			const struct place_group *group = &model->processes[i].place_groups[j];

			if (group->site.state != STATE_ON_CPU)
				continue;
			samples += group->samples;
			ns += group->ns;
		}
	profile->message->period = samples ? (int64_t)(ns / samples) : 0;
}

/* What there is more of. */
static const char *default_kind(const struct model *model)
{
	uint64_t off_cpu = 0;
	int s;

	for (s = 0; s < NR_STATES; s++)
		if (s != STATE_ON_CPU && s != STATE_UNOBSERVED && !(STATES_OF_REST >> s & 1))
			off_cpu += model->time.state_ns[s];
	return off_cpu < model->time.state_ns[STATE_ON_CPU] ? "cpu" : "off_cpu";
}

static int profile_fill(struct profile *profile, const struct model *model, uint32_t views)
{
	Pprof__Profile *message;

	profile->message = message = malloc(sizeof(*message));
	if (!message)
		return -ENOMEM;
	pprof__profile__init(message);
	text_of(profile, ""); /* the format wants it first */
	add_kind(profile, "samples", "count");
	add_kind(profile, "waits", "count");
	add_kind(profile, "cpu", "nanoseconds");
	add_kind(profile, "off_cpu", "nanoseconds");
	add_kind(profile, "stall", "nanoseconds");
	add_kind(profile, "lock", "nanoseconds");
	message->default_kind = text_of(profile, default_kind(model));
	set_period(profile, model);
	message->time_ns = (int64_t)(model->start_ns + model->capture.start_realtime_ns);
	message->duration_ns = (int64_t)model->duration_ns;
	add_mapping(profile, model);
	if (profile->failed || stacks_each(model, views, add_sample, profile))
		return -ENOMEM;
	message->texts = profile->texts.items;
	message->n_texts = profile->texts.count;
	return 0;
}

static void profile_free(struct profile *profile)
{
	if (profile->message) {
		profile->message->texts = NULL; /* the table's own */
		profile->message->n_texts = 0;
		pprof__profile__free_unpacked(profile->message, NULL);
	}
	texts_free(&profile->texts);
	texts_free(&profile->functions);
	texts_free(&profile->frames);
}

/* 0 or -ENOMEM; *ret is the caller's to free. */
static int compress_all(unsigned char *bytes, size_t length, unsigned char **ret,
			size_t *ret_length)
{
	z_stream stream = { .next_in = bytes, .avail_in = (uInt)length };
	uLong bound;
	int status;

	*ret = NULL;
	if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP, 8, Z_DEFAULT_STRATEGY) !=
	    Z_OK)
		return -ENOMEM;
	bound = deflateBound(&stream, (uLong)length);
	*ret = malloc(bound);
	stream.next_out = *ret;
	stream.avail_out = (uInt)bound;
	status = *ret ? deflate(&stream, Z_FINISH) : Z_MEM_ERROR;
	*ret_length = bound - stream.avail_out;
	deflateEnd(&stream);
	return status == Z_STREAM_END ? 0 : -ENOMEM;
}

int pprof_put(void *state, const struct report *report, FILE *out)
{
	struct profile profile = { 0 };
	unsigned char *plain = NULL, *packed = NULL;
	size_t length = 0, packed_length = 0;
	uint32_t views = report->views ? report->views : VIEWS_IN_USE;
	int error = profile_fill(&profile, report->model, views);

	if (!error) {
		length = pprof__profile__get_packed_size(profile.message);
		plain = malloc(length);
		error = !plain || length > UINT32_MAX ? -ENOMEM : 0;
	}
	if (!error) {
		pprof__profile__pack(profile.message, plain);
		error = compress_all(plain, length, &packed, &packed_length);
	}
	if (!error)
		fwrite(packed, 1, packed_length, out);
	free(plain);
	free(packed);
	profile_free(&profile);
	if (error) {
		errno = -error;
		return -1;
	}
	return export_written(out);
}
