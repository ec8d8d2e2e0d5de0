// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stacks are kept as one tree of frames, by the text of each: most of them share their outer part, and
 * workers of a pool all of it.
 */
#include "collect/places/places.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/procfs/process_table.h"
#include "collect/translate.h"
#include "lib/vec.h"

#define NODES_MAX 32768
#define ROWS_MAX 16384

/* ---- frames ---------------------------------------------------------------------------------- */
/* The id of a frame that this one called; 0: there is no room. */
static uint64_t node_of(struct places *places, uint64_t caller, const char *text, const char *file)
{
	uint64_t key = index_hash(text, strlen(text), caller + 1);
	size_t position = index_find(&places->node_index, key);
	struct place_node *node;

	if (position != INDEX_NONE)
		return places->nodes[position].record.id;
	if (places->node_count == NODES_MAX ||
	    vec_reserve((void **)&places->nodes, &places->node_capacity, places->node_count,
			sizeof(*node)) ||
	    index_add(&places->node_index, key, places->node_count) ||
	    index_add(&places->id_index, places->last_id + 1, places->node_count))
		return 0;
	node = &places->nodes[places->node_count++];
	memset(node, 0, sizeof(*node));
	node->record.id = ++places->last_id;
	node->record.caller = caller;
	memcpy(node->record.text, text, strlen(text) + 1);
	memcpy(node->record.file, file, strlen(file) + 1);
	return node->record.id;
}

/* The innermost frame of a stack, whose lines go from there outwards. 0: none, or no room. */
static uint64_t add_stack(struct places *places, const char *frames)
{
	const char *end = frames + strlen(frames), *line, *next;
	char text[RECORD_PLACE_LEN], file[RECORD_FILE_LEN];
	uint64_t id = 0;

	while (end > frames) {
		for (line = end; line > frames && line[-1] != '\n'; line--)
			;
		next = line;
		stack_text_next(&next, text, file);
		id = node_of(places, id, text, file);
		if (!id)
			return 0;
		end = line > frames ? line - 1 : line;
	}
	return id;
}

/* ---- places ---------------------------------------------------------------------------------- */
static uint64_t row_hash(const struct record_place *place)
{
	uint64_t key = index_hash(&place->process_start_ns, sizeof(place->process_start_ns), 0);

	key = index_hash(&place->frame, sizeof(place->frame), key);
	key = index_hash(&place->address, sizeof(place->address), key);
	key = index_hash(&place->pid, sizeof(place->pid), key);
	key = index_hash(&place->state, sizeof(place->state), key);
	key = index_hash(&place->object, sizeof(place->object), key);
	key = index_hash(&place->device, sizeof(place->device), key);
	key = index_hash(&place->call, sizeof(place->call), key);
	key = index_hash(&place->family, sizeof(place->family), key);
	key = index_hash(&place->peer_port, sizeof(place->peer_port), key);
	return index_hash(place->peer_addr, sizeof(place->peer_addr), key);
}

static struct place_row *row_of(struct places *places, const struct record_place *place)
{
	uint64_t key = row_hash(place);
	size_t position = index_find(&places->row_index, key);
	struct place_row *row;

	if (position != INDEX_NONE)
		return &places->rows[position];
	if (places->row_count == ROWS_MAX ||
	    vec_reserve((void **)&places->rows, &places->row_capacity, places->row_count,
			sizeof(*row)) ||
	    index_add(&places->row_index, key, places->row_count))
		return NULL;
	row = &places->rows[places->row_count++];
	memset(row, 0, sizeof(*row));
	row->record = *place;
	return row;
}

void places_add(struct places *places, const struct stack_event *event, uint64_t now)
{
	struct record record;
	struct stack_text text;
	struct place_row *row;

	if (event->site.state >= NR_STATES)
		return;
	places->sampled_ns[event->site.state] += event->place_ns;
	translate_place(event, &record);
	stack_read(places->reader, event, true, now, &text);
	record.place.frame = add_stack(places, text.frames);
	memcpy(record.place.where, text.where, sizeof(record.place.where));
	row = row_of(places, &record.place);
	if (!row) {
		places->dropped++;
		places->dropped_ns[event->site.state] += event->place_ns;
		return;
	}
	row->record.samples++;
	row->record.ns += event->place_ns;
	row->used_ns = now;
}

int places_each(const struct places *places, int (*found)(void *arg, const struct record *record),
		void *arg)
{
	struct record record;
	int error = 0;
	size_t i;

	for (i = 0; i < places->node_count && !error; i++) {
		record.kind = RECORD_PLACE_FRAME;
		record.place_frame = places->nodes[i].record;
		error = found(arg, &record);
	}
	for (i = 0; i < places->row_count && !error; i++) {
		record.kind = RECORD_PLACE;
		record.place = places->rows[i].record;
		error = found(arg, &record);
	}
	return error;
}

/* ---- what is over ---------------------------------------------------------------------------- */
static bool is_over(const struct places *places, const struct place_row *row, uint64_t before_ns)
{
	return process_table_over(places->reader->processes, row->record.pid,
				  row->record.process_start_ns, UINT64_MAX) ||
	       (places->row_count > ROWS_MAX / 2 && row->used_ns < before_ns);
}

static int forget_rows(struct places *places, uint64_t before_ns, size_t *moved)
{
	size_t kept = 0, i;
	int error;

	for (i = 0; i < places->row_count; i++) {
		bool over = is_over(places, &places->rows[i], before_ns);

		moved[i] = over ? INDEX_NONE : kept;
		if (!over)
			places->rows[kept++] = places->rows[i];
	}
	error = index_move(&places->row_index, moved);
	places->row_count = kept;
	vec_shrink((void **)&places->rows, &places->row_capacity, kept, sizeof(*places->rows));
	return error;
}

static void mark_frames(struct places *places, uint64_t id)
{
	size_t position;

	while (id) {
		position = index_find(&places->id_index, id);
		if (position == INDEX_NONE || places->nodes[position].used)
			return;
		places->nodes[position].used = true;
		id = places->nodes[position].record.caller;
	}
}

static int forget_frames(struct places *places, size_t *moved)
{
	size_t kept = 0, i;
	int error;

	for (i = 0; i < places->row_count; i++)
		mark_frames(places, places->rows[i].record.frame);
	for (i = 0; i < places->node_count; i++) {
		moved[i] = places->nodes[i].used ? kept : INDEX_NONE;
		places->nodes[i].used = false;
		if (moved[i] != INDEX_NONE)
			places->nodes[kept++] = places->nodes[i];
	}
	error = index_move(&places->node_index, moved);
	if (!error)
		error = index_move(&places->id_index, moved);
	places->node_count = kept;
	vec_shrink((void **)&places->nodes, &places->node_capacity, kept, sizeof(*places->nodes));
	return error;
}

int places_forget(struct places *places, uint64_t before_ns)
{
	size_t most = places->row_count > places->node_count ? places->row_count :
							       places->node_count;
	size_t *moved = calloc(most + 1, sizeof(*moved)), rows = places->row_count;
	int error = moved ? forget_rows(places, before_ns, moved) : -ENOMEM;

	if (!error && (places->row_count < rows || places->node_count > NODES_MAX / 2))
		error = forget_frames(places, moved);
	free(moved);
	return error;
}

void places_free(struct places *places)
{
	free(places->nodes);
	free(places->rows);
	index_free(&places->node_index);
	index_free(&places->id_index);
	index_free(&places->row_index);
	memset(places, 0, sizeof(*places));
}
