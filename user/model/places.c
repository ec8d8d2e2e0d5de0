// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where in the program the time of each wait, lock and computing went. Samples only say how it is
 * divided: what they stand for is scaled to the exact time of the ledger, group by group. Waits that
 * never ended in the window are no samples; their places were looked at one by one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/collectors.h"
#include "lib/vec.h"
#include "model/builder.h"

/* A place that is not scaled yet, and the group that it belongs to. */
struct raw {
	size_t process;
	struct place_group group; /* what it is compared by; sums are not filled */
	struct place_model place;
};

struct book {
	struct builder *builder;
	struct raw *raws;
	size_t count, capacity;
	size_t frame_capacity;
	struct index frames; /* by caller and text */
};

/* ---- frames ---------------------------------------------------------------------------------- */
static bool collects(const struct model *model, size_t caller, const char *text)
{
	const struct place_frame *outside = caller ? &model->frames[caller - 1] : NULL;
	size_t outer = outside ? outside->caller : 0;

	return (outside && outside->collects) ||
	       collector_frame(text, outside ? outside->text : "",
			       outer ? model->frames[outer - 1].text : "");
}

/* The number of a frame, plus one; 0: out of memory. */
static size_t frame_of(struct book *book, size_t caller, const char *text, const char *file)
{
	struct model *model = book->builder->model;
	uint64_t key = index_hash(text, strlen(text), caller + 1);
	size_t at = index_find(&book->frames, key);
	struct place_frame *frame;

	if (at != INDEX_NONE)
		return at + 1;
	if (vec_reserve((void **)&model->frames, &book->frame_capacity, model->frame_count,
			sizeof(*frame)) ||
	    index_add(&book->frames, key, model->frame_count))
		return 0;
	frame = &model->frames[model->frame_count++];
	frame->caller = caller;
	frame->collects = collects(model, caller, text);
	memcpy(frame->text, text, strnlen(text, sizeof(frame->text) - 1) + 1);
	frame->text[sizeof(frame->text) - 1] = '\0';
	memcpy(frame->file, file, strnlen(file, sizeof(frame->file) - 1) + 1);
	frame->file[sizeof(frame->file) - 1] = '\0';
	return model->frame_count;
}

/* Adds the stack that ends in this frame of the session; a chain that damage broke is cut there. */
static size_t stack_of(struct book *book, uint64_t id)
{
	const struct session *session = book->builder->session;
	const struct record_place_frame *chain[PLACE_MAX_DEPTH];
	size_t depth = 0, frame = 0, at;

	while (id && depth < PLACE_MAX_DEPTH) {
		at = index_find(&session->place_frame_index, id);
		if (at == INDEX_NONE)
			break;
		chain[depth++] = &session->place_frames[at].last;
		id = chain[depth - 1]->caller;
	}
	while (depth--)
		frame = frame_of(book, frame, chain[depth]->text, chain[depth]->file);
	return frame;
}

/* ---- what there is --------------------------------------------------------------------------- */
static bool is_contended(const struct process_model *process, uint64_t address)
{
	size_t i;

	for (i = 0; i < process->lock_count && process->locks[i].contention; i++)
		if (process->locks[i].address == address)
			return true;
	return false;
}

static struct raw *raw_add(struct book *book, struct process_model *process)
{
	struct raw *raw;

	if (vec_reserve((void **)&book->raws, &book->capacity, book->count, sizeof(*raw)))
		return NULL;
	raw = &book->raws[book->count++];
	memset(raw, 0, sizeof(*raw));
	raw->process = (size_t)(process - book->builder->model->processes);
	return raw;
}

/* A contended lock is a group of its own, whatever its waits seemed and in which calls they were. */
static void set_lock(const struct process_model *process, uint64_t address,
		     struct place_group *group)
{
	if (!address || !is_contended(process, address))
		return;
	memset(group, 0, sizeof(*group));
	group->lock = address;
}

static int add_sampled(struct book *book, const struct place_entry *entry)
{
	struct builder *builder = book->builder;
	struct span span = span_of(&builder->window, &entry->seen, &entry->first, &entry->previous,
				   &entry->last);
	const struct record_place *base = span.base, *last = span.last;
	struct process_model *process =
		last ? builder_process(builder, last->pid, last->process_start_ns) : NULL;
	uint64_t samples = last ? span_minus(last->samples, base ? base->samples : 0) : 0;
	struct place_group *group;
	struct raw *raw;

	if (!process || !samples)
		return 0;
	raw = raw_add(book, process);
	if (!raw)
		return -ENOMEM;
	group = &raw->group;
	group->site.state = last->state;
	if (last->state != STATE_ON_CPU) {
		group->site.object = last->object;
		group->site.device = last->device;
		group->site.family = last->family;
		group->site.peer_port = last->peer_port;
		memcpy(group->site.peer_addr, last->peer_addr, sizeof(last->peer_addr));
		memcpy(group->site.call_name, last->call_name, sizeof(last->call_name));
	}
	set_lock(process, last->address, group);
	raw->place.samples = samples;
	raw->place.ns = span_minus(last->ns, base ? base->ns : 0);
	raw->place.frame = stack_of(book, last->frame);
	memcpy(raw->place.call_name, last->call_name, sizeof(raw->place.call_name));
	memcpy(raw->place.where, last->where, sizeof(raw->place.where));
	return 0;
}

/* A wait that lasted the whole window; samples 0 says that its time is exact. */
static int add_standing(struct book *book, struct process_model *process,
			const struct standing_model *wait)
{
	struct raw *raw = raw_add(book, process);
	struct place_group *group;
	size_t i, frame = 0;

	if (!raw)
		return -ENOMEM;
	group = &raw->group;
	group->site.state = wait->state;
	group->site.object = wait->object;
	group->site.device = wait->device;
	group->site.family = wait->family;
	group->site.peer_port = wait->peer_port;
	memcpy(group->site.peer_addr, wait->peer_addr, sizeof(wait->peer_addr));
	memcpy(group->site.call_name, wait->call_name, sizeof(wait->call_name));
	set_lock(process, wait->waits_for_lock ? wait->lock : 0, group);
	for (i = wait->frame_count; i-- > 0;)
		frame = frame_of(book, frame, wait->frames[i], "");
	raw->place.frame = frame;
	raw->place.ns = book->builder->model->duration_ns;
	memcpy(raw->place.call_name, wait->call_name, sizeof(raw->place.call_name));
	memcpy(raw->place.where, wait->where, sizeof(raw->place.where));
	return 0;
}

static int gather(struct book *book)
{
	const struct session *session = book->builder->session;
	struct model *model = book->builder->model;
	size_t i, j;
	int error = 0;

	for (i = 0; i < session->place_count && !error; i++)
		error = add_sampled(book, &session->places[i]);
	for (i = 0; i < model->process_count && !error; i++)
		for (j = 0; j < model->processes[i].standing_count && !error; j++)
			error = add_standing(book, &model->processes[i],
					     &model->processes[i].standing[j]);
	return error;
}

/* ---- groups ---------------------------------------------------------------------------------- */
static int compare_raws(const void *a, const void *b)
{
	const struct raw *one = a, *other = b;
	int order;

	if (one->process != other->process)
		return one->process < other->process ? -1 : 1;
	order = memcmp(&one->group, &other->group, sizeof(one->group));
	if (order)
		return order;
	if (one->place.ns != other->place.ns)
		return one->place.ns > other->place.ns ? -1 : 1;
	return strcmp(one->place.where, other->place.where);
}

static bool is_site(const struct place_site *site, const struct wait_model *wait)
{
	return site->state == wait->state && site->object == wait->object &&
	       site->device == wait->device && site->family == wait->family &&
	       site->peer_port == wait->peer_port &&
	       !memcmp(site->peer_addr, wait->peer_addr, sizeof(site->peer_addr)) &&
	       !strncmp(site->call_name, wait->call_name, sizeof(site->call_name));
}

/* The exact time of a group in the window, by the ledger. */
static uint64_t exact_ns(const struct process_model *process, const struct place_group *group)
{
	uint64_t sum = 0;
	size_t i;

	if (group->lock) {
		for (i = 0; i < process->lock_count; i++)
			if (process->locks[i].address == group->lock &&
			    process->locks[i].contention)
				sum += process->locks[i].wait_ns + process->locks[i].handover_ns;
		return sum;
	}
	if (group->site.state == STATE_ON_CPU)
		return process->time.state_ns[STATE_ON_CPU];
	for (i = 0; i < process->wait_count; i++)
		if (is_site(&group->site, &process->waits[i]))
			sum += process->waits[i].wait_ns;
	return sum;
}

/*
 * Makes the places of a group sum to its exact time: those that are exact themselves keep theirs, the
 * samples share what is left.
 */
static void scale(struct place_model *places, size_t count, uint64_t exact)
{
	uint64_t whole = 0, sampled = 0, passed = 0, given = 0, next;
	size_t i;

	for (i = 0; i < count; i++) {
		if (places[i].samples) {
			sampled += places[i].ns;
			continue;
		}
		if (places[i].ns > exact - whole)
			places[i].ns = exact - whole;
		whole += places[i].ns;
	}
	for (i = 0; i < count; i++) {
		if (!places[i].samples)
			continue;
		passed += places[i].ns;
		next = sampled ? (uint64_t)((unsigned __int128)(exact - whole) * passed / sampled) :
				 0;
		places[i].ns = next - given;
		given = next;
	}
}

static int compare_places(const void *a, const void *b)
{
	const struct place_model *one = a, *other = b;
	int order;

	if (one->ns != other->ns)
		return one->ns > other->ns ? -1 : 1;
	order = strcmp(one->where, other->where);
	return order ? order : (one->frame > other->frame) - (one->frame < other->frame);
}

/* Makes a group of raws, which are of one process and alike. */
static int add_group(struct model *model, const struct raw *raws, size_t count)
{
	struct process_model *process = &model->processes[raws->process];
	struct place_group *groups, *group;
	size_t i;

	groups = reallocarray(process->place_groups, process->place_group_count + 1,
			      sizeof(*groups));
	if (!groups)
		return -ENOMEM;
	process->place_groups = groups;
	group = &groups[process->place_group_count];
	*group = raws->group;
	group->places = calloc(count, sizeof(*group->places));
	if (!group->places)
		return -ENOMEM;
	process->place_group_count++;
	group->place_count = count;
	for (i = 0; i < count; i++) {
		group->places[i] = raws[i].place;
		group->samples += raws[i].place.samples;
	}
	group->ns = exact_ns(process, group);
	scale(group->places, count, group->ns);
	qsort(group->places, count, sizeof(*group->places), compare_places);
	return 0;
}

static int compare_groups(const void *a, const void *b)
{
	const struct place_group *one = a, *other = b;

	return (one->ns < other->ns) - (one->ns > other->ns);
}

int build_places(struct builder *builder)
{
	struct book book = { .builder = builder };
	struct model *model = builder->model;
	int error = gather(&book);
	size_t i, end;

	if (book.count)
		qsort(book.raws, book.count, sizeof(*book.raws), compare_raws);
	for (i = 0; i < book.count && !error; i = end) {
		for (end = i + 1;
		     end < book.count && book.raws[end].process == book.raws[i].process &&
		     !memcmp(&book.raws[end].group, &book.raws[i].group,
			     sizeof(book.raws[i].group));
		     end++)
			;
		error = add_group(model, &book.raws[i], end - i);
	}
	for (i = 0; i < model->process_count; i++)
		if (model->processes[i].place_group_count)
			qsort(model->processes[i].place_groups,
			      model->processes[i].place_group_count, sizeof(struct place_group),
			      compare_groups);
	free(book.raws);
	index_free(&book.frames);
	return error;
}
