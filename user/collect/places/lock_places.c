// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unwinding is put off to the reader's ticks, a few at a time, so that a storm of long waits
 * costs a bounded part of a CPU.
 */
#include "collect/places/lock_places.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/procfs/process_table.h"
#include "lib/vec.h"

#define PLACES_MAX 4096 /* locks of all processes */
#define PENDING_MAX 128 /* stacks that wait to be unwound: 2 MiB */

struct lock_place {
	struct record_lock_place record;
	struct stack_event *stack; /* to be unwound, NULL none */
	char *frames; /* a line each, innermost first; NULL none */
	uint64_t stack_ns; /* of the longest wait that a stack was kept for */
	uint64_t used_ns; /* when it was last asked for */
	bool looked;
};

static struct lock_place *place_of(struct lock_places *places, uint32_t pid, uint64_t start_ns,
				   uint64_t address, uint64_t now)
{
	uint64_t key = index_hash(&start_ns, sizeof(start_ns), 0);
	struct lock_place *place;
	size_t position;

	key = index_hash(&pid, sizeof(pid), key);
	key = index_hash(&address, sizeof(address), key);
	position = index_find(&places->index, key);
	if (position != INDEX_NONE) {
		places->places[position].used_ns = now;
		return &places->places[position];
	}
	if (places->count == PLACES_MAX ||
	    vec_reserve((void **)&places->places, &places->capacity, places->count,
			sizeof(*place)) ||
	    index_add(&places->index, key, places->count))
		return NULL;
	place = &places->places[places->count++];
	memset(place, 0, sizeof(*place));
	place->record.pid = pid;
	place->record.process_start_ns = start_ns;
	place->record.address = address;
	place->used_ns = now;
	return place;
}

void lock_places_stack(struct lock_places *places, const struct stack_event *event)
{
	struct lock_place *place = place_of(places, event->tgid, event->process_start_ns,
					    event->address, event->header.at_ns);

	if (!place || event->size > sizeof(event->bytes)) {
		places->dropped++;
		return;
	}
	if (event->ns <= place->stack_ns)
		return;
	if (!place->stack) {
		place->stack = places->pending < PENDING_MAX ? malloc(sizeof(*event)) : NULL;
		if (!place->stack) {
			places->dropped++;
			return;
		}
		places->pending++;
	}
	*place->stack = *event;
	place->stack_ns = event->ns;
}

/* What the process has at the address; shared: the word is not private to it. */
static void look(struct lock_places *places, struct lock_place *place, bool shared, uint64_t now)
{
	struct record_lock_place *record = &place->record;
	struct stack_address what;

	if (place->looked ||
	    !stack_address_read(places->reader, record->pid, record->process_start_ns,
				record->address, now, &what))
		return;
	place->looked = true;
	if (shared) {
		record->device = what.device;
		record->inode = what.inode;
		record->offset = what.offset;
	}
	memcpy(record->symbol, what.symbol, sizeof(record->symbol));
}

static void unwind(struct lock_places *places, struct lock_place *place, uint64_t now)
{
	struct record_lock_place *record = &place->record;
	struct stack_text text;

	stack_read(places->reader, place->stack, true, now, &text);
	if (text.frames[0]) {
		free(place->frames);
		place->frames = strdup(text.frames);
		memcpy(record->where, text.where, sizeof(record->where));
	}
	look(places, place, place->stack->shared, now);
	free(place->stack);
	place->stack = NULL;
	places->pending--;
}

void lock_places_unwind(struct lock_places *places, size_t most, uint64_t now)
{
	size_t i;

	for (i = 0; i < places->count && most && places->pending; i++)
		if (places->places[i].stack) {
			unwind(places, &places->places[i], now);
			most--;
		}
}

void lock_places_look(struct lock_places *places, const struct lock_key *key, uint64_t now)
{
	struct lock_place *place =
		place_of(places, key->tgid, key->process_start_ns, key->address, now);

	if (place)
		look(places, place, key->role & LOCK_ROLE_SHARED, now);
}

static int each_frame(const struct lock_place *place,
		      int (*found)(void *arg, const struct record *record), void *arg)
{
	struct record record = { .kind = RECORD_LOCK_FRAME };
	struct record_lock_frame *frame = &record.lock_frame;
	const char *line = place->frames ? place->frames : "";
	char file[RECORD_FILE_LEN];
	int error = 0;

	frame->process_start_ns = place->record.process_start_ns;
	frame->address = place->record.address;
	frame->pid = place->record.pid;
	for (; !error && frame->number < RECORD_MAX_FRAMES; frame->number++) {
		if (!stack_text_next(&line, frame->text, file))
			break;
		error = found(arg, &record);
	}
	return error;
}

static int each_record(const struct lock_place *place,
		       int (*found)(void *arg, const struct record *record), void *arg)
{
	struct record record = { .kind = RECORD_LOCK_PLACE };
	int error = 0;

	record.lock_place = place->record;
	if (record.lock_place.inode || record.lock_place.symbol[0] || place->frames)
		error = found(arg, &record);
	return error ? error : each_frame(place, found, arg);
}

int lock_places_each(const struct lock_places *places,
		     int (*found)(void *arg, const struct record *record), void *arg)
{
	int error = 0;
	size_t i;

	for (i = 0; i < places->count && !error; i++)
		error = each_record(&places->places[i], found, arg);
	return error;
}

static bool is_over(const struct lock_places *places, const struct lock_place *place,
		    uint64_t before_ns)
{
	return process_table_over(places->reader->processes, place->record.pid,
				  place->record.process_start_ns, UINT64_MAX) ||
	       (places->count > PLACES_MAX / 2 && place->used_ns < before_ns);
}

int lock_places_forget(struct lock_places *places, uint64_t before_ns)
{
	size_t *moved = calloc(places->count + 1, sizeof(*moved)), kept = 0, i;
	int error;

	if (!moved)
		return -ENOMEM;
	for (i = 0; i < places->count; i++) {
		struct lock_place *place = &places->places[i];
		bool over = is_over(places, place, before_ns);

		moved[i] = over ? INDEX_NONE : kept;
		if (!over) {
			if (kept != i)
				places->places[kept] = *place;
			kept++;
			continue;
		}
		places->pending -= place->stack != NULL;
		free(place->stack);
		free(place->frames);
	}
	error = index_move(&places->index, moved);
	free(moved);
	places->count = kept;
	vec_shrink((void **)&places->places, &places->capacity, kept, sizeof(*places->places));
	return error;
}

void lock_places_free(struct lock_places *places)
{
	size_t i;

	for (i = 0; i < places->count; i++) {
		free(places->places[i].stack);
		free(places->places[i].frames);
	}
	free(places->places);
	index_free(&places->index);
	memset(places, 0, sizeof(*places));
}
