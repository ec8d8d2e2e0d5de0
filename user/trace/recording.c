// SPDX-License-Identifier: GPL-2.0-or-later
/* Orders the files of one recording and describes it. */
#include "trace/recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/codec/decode.h"

static void take_fact(struct trace_facts *facts, const struct record *record)
{
	if (record->kind == RECORD_CAPTURE)
		facts->capture = record->capture;
	if (record->kind == RECORD_HOST)
		facts->host = record->host;
	if (record->kind == RECORD_SETTING && facts->setting_count < TRACE_MAX_SETTINGS)
		facts->settings[facts->setting_count++] = record->setting;
}

/* The schema, then the first base: what the recording is. */
static int read_facts(struct chunks *file, struct trace_facts *facts, bool *ret_found)
{
	struct decoder decoder;
	struct record record;
	size_t i;
	int got;

	decoder_init(&decoder);
	*ret_found = false;
	while (!*ret_found && (got = chunks_next(file)) > 0) {
		const struct chunk *chunk = &file->chunk;

		if (chunk->head.type == TRACE_SCHEMA)
			decode_schema(&decoder, chunk->plain.bytes, chunk->plain.count);
		if (chunk->head.type != TRACE_BASE ||
		    decode_base(&decoder, chunk->plain.bytes, chunk->plain.count,
				chunk->head.to_ns))
			continue;
		for (i = 0; i < decoder.once_count; i++) {
			decoder_once(&decoder, i, &record);
			take_fact(facts, &record);
			*ret_found |= record.kind == RECORD_CAPTURE;
		}
		facts->first_ns = chunk->head.to_ns;
	}
	decoder_free(&decoder);
	chunks_seek(file, sizeof(struct trace_head));
	file->damaged_bytes = 0;
	return got < 0 ? got : 0;
}

static int open_one(struct chunks *file, int fd, const char *name, struct trace_facts *facts,
		    struct err *e)
{
	bool found;
	int error;

	if (chunks_open(file, fd, name, e))
		return -1;
	error = read_facts(file, facts, &found);
	if (error)
		return err_set(e, ERR_FAILED, "cannot read '%s': %s", name, strerror(-error));
	if (!found)
		return err_set(e, ERR_FAILED,
			       "'%s' is damaged: no chunk that describes the recording can be read",
			       name);
	/* without a window its first boundary is its last */
	facts->last_ns = file->last_ns > facts->first_ns ? file->last_ns : facts->first_ns;
	facts->ended = file->ended;
	return 0;
}

bool recording_is_one(const struct trace_facts *one, const struct trace_facts *other)
{
	return one->host.opened_ns == other->host.opened_ns &&
	       one->host.recorder == other->host.recorder &&
	       !strcmp(one->host.boot_id, other->host.boot_id);
}

int recording_facts(int fd, const char *name, struct trace_facts *ret, struct err *e)
{
	struct chunks chunks;
	int error;

	memset(ret, 0, sizeof(*ret));
	error = open_one(&chunks, fd, name, ret, e);
	chunks.fd = -1;
	chunks_close(&chunks);
	return error;
}

/* Puts the file behind those that begin before it. */
static int add_file(struct recording *recording, struct chunks *chunks, struct trace_facts *facts,
		    struct err *e)
{
	size_t at = recording->count;

	if (at && !recording_is_one(&recording->facts, facts))
		return err_set(e, ERR_USAGE,
			       "'%s' and '%s' are of two recordings; report them one by one, or "
			       "compare them with `boundby diff`",
			       recording->files[0].name, chunks->name);
	if (!at)
		recording->facts = *facts;
	for (; at && recording->begins[at - 1] > facts->first_ns; at--) {
		recording->files[at] = recording->files[at - 1];
		recording->begins[at] = recording->begins[at - 1];
	}
	recording->files[at] = *chunks;
	recording->begins[at] = facts->first_ns;
	recording->count++;
	if (facts->first_ns < recording->facts.first_ns)
		recording->facts.first_ns = facts->first_ns;
	if (facts->last_ns >= recording->facts.last_ns) {
		recording->facts.last_ns = facts->last_ns;
		recording->facts.ended = facts->ended;
	}
	return 0;
}

int recording_open(struct recording *recording, const int *fds, const char *const *names,
		   size_t count, struct err *e)
{
	struct trace_facts facts;
	struct chunks chunks;
	size_t i;
	int error = 0;

	memset(recording, 0, sizeof(*recording));
	recording->files = calloc(count, sizeof(*recording->files));
	recording->begins = calloc(count, sizeof(*recording->begins));
	if (!recording->files || !recording->begins)
		error = err_set(e, ERR_FAILED, "out of memory; give fewer traces");
	for (i = 0; i < count && !error; i++) {
		memset(&facts, 0, sizeof(facts));
		error = open_one(&chunks, fds[i], names[i], &facts, e);
		if (!error)
			error = add_file(recording, &chunks, &facts, e);
		if (error)
			chunks_close(&chunks);
	}
	for (; i < count; i++)
		close(fds[i]);
	return error;
}

void recording_close(struct recording *recording)
{
	size_t i;

	for (i = 0; i < recording->count; i++)
		chunks_close(&recording->files[i]);
	free(recording->files);
	free(recording->begins);
	memset(recording, 0, sizeof(*recording));
}
