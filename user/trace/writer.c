// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Receives the record stream; hands on chunks as include/trace_format.h describes them. Never waits
 * for the file: what it does not take is kept, and no other chunk is made until it is written.
 */
#include "trace/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "exit_codes.h"
#include "lib/vec.h"
#include "trace/encode.h"

/* A base costs as much as some windows: it comes when it adds little to what is there. */
#define BASE_PART 24
#define BASE_MOST_WINDOWS 300 /* so many are read at most to reach any moment */
#define SLOW_NS 60000000000ULL /* distributions of waits and lags are told so often */
#define ONCE_MAX 100000 /* records kept while nothing can be written; later ones are dropped */
#define LAST_TRY_MS 2000 /* at the end a reader of the pipe is waited for so long */

struct trace_writer {
	int fd;
	char name[128]; /* for messages */
	char *path; /* that was made, NULL none */
	bool file; /* it can be cut back and synced */
	struct encoder encoder;
	struct record *once; /* capture, host, settings: in front of each base */
	size_t once_count, once_capacity;
	struct buffer plain, backlog; /* backlog: whole chunks that are not written yet */
	size_t written; /* of the backlog */
	uint64_t offset; /* of the end of the file with all of the backlog */
	uint32_t number;
	struct base_entry {
		uint64_t offset, to_ns;
	} * bases;
	size_t base_count, base_capacity;
	uint64_t first_ns, last_ns; /* boundaries in the file or the backlog; first 0: none yet */
	size_t base_bytes, bytes_since_base, windows_since_base;
	uint64_t slow_ns; /* boundary at which all was told */
	bool each_counts; /* a report of each window was asked for */
	bool last; /* the snapshot under way closes the watch */
	uint64_t merged; /* windows that had to join the next one */
	uint64_t dropped; /* records told once that were not kept */
	uint64_t once_waiting;
	int error; /* errno of the last write that failed, 0: all is written */
	z_stream deflate;
	/* syncing waits for the disk: a thread of its own does */
	pthread_t syncer;
	bool has_syncer;
	pthread_mutex_t lock;
	pthread_cond_t wanted;
	bool sync_wanted, stop;
};

/* ---- the file -------------------------------------------------------------------------------- */
static void *sync_main(void *arg)
{
	struct trace_writer *writer = arg;

	pthread_mutex_lock(&writer->lock);
	while (!writer->stop) {
		if (!writer->sync_wanted) {
			pthread_cond_wait(&writer->wanted, &writer->lock);
			continue;
		}
		writer->sync_wanted = false;
		pthread_mutex_unlock(&writer->lock);
		fdatasync(writer->fd);
		pthread_mutex_lock(&writer->lock);
	}
	pthread_mutex_unlock(&writer->lock);
	return NULL;
}

static void want_sync(struct trace_writer *writer, bool stop)
{
	if (!writer->has_syncer)
		return;
	pthread_mutex_lock(&writer->lock);
	writer->sync_wanted = true;
	writer->stop = stop;
	pthread_cond_signal(&writer->wanted);
	pthread_mutex_unlock(&writer->lock);
}

static int open_stdout(struct trace_writer *writer, struct err *e)
{
	struct stat stat;

	snprintf(writer->name, sizeof(writer->name), "standard output");
	if (isatty(STDOUT_FILENO))
		return err_set(e, EXIT_USAGE,
			       "a trace is no text for a terminal; give -o FILE or a pipe");
	writer->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (writer->fd < 0 || fstat(writer->fd, &stat))
		return err_set(e, EXIT_FAILED, "cannot write to standard output: %s",
			       strerror(errno));
	writer->file = S_ISREG(stat.st_mode);
	return 0;
}

static int open_file(struct trace_writer *writer, const char *path, struct err *e)
{
	struct stat stat;

	snprintf(writer->name, sizeof(writer->name), "'%.100s'", path);
	writer->fd =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_APPEND | O_CLOEXEC, 0600);
	if (writer->fd < 0)
		return err_set(e, EXIT_FAILED, "cannot create '%s': %s; %s", path, strerror(errno),
			       errno == EEXIST ?
				       "a trace replaces nothing: remove it or take another name" :
				       "give a place where a file can be made");
	writer->file = !fstat(writer->fd, &stat) && S_ISREG(stat.st_mode);
	writer->path = strdup(path);
	return 0;
}

int trace_writer_open(const char *path, struct trace_writer **ret, struct err *e)
{
	struct trace_head head = { .major = TRACE_MAJOR, .minor = TRACE_MINOR };
	struct trace_writer *writer = calloc(1, sizeof(*writer));
	int error;

	if (!writer)
		return err_set(e, EXIT_FAILED, "out of memory");
	writer->fd = -1;
	error = strcmp(path, "-") ? open_file(writer, path, e) : open_stdout(writer, e);
	if (!error && deflateInit(&writer->deflate, Z_DEFAULT_COMPRESSION) != Z_OK)
		error = err_set(e, EXIT_FAILED, "out of memory");
	if (error) {
		if (writer->fd >= 0)
			close(writer->fd);
		free(writer);
		return -1;
	}
	encoder_init(&writer->encoder);
	memcpy(head.magic, TRACE_MAGIC, sizeof(head.magic));
	put_bytes(&writer->backlog, &head, sizeof(head));
	writer->offset = sizeof(head);
	pthread_mutex_init(&writer->lock, NULL);
	pthread_cond_init(&writer->wanted, NULL);
	writer->has_syncer = writer->file &&
			     !pthread_create(&writer->syncer, NULL, sync_main, writer);
	*ret = writer;
	return 0;
}

/* What a failed write left of a chunk would only be in the way of the next try. */
static void cut_back(struct trace_writer *writer, size_t part)
{
	struct stat stat;

	if (writer->file && part && !fstat(writer->fd, &stat) && (size_t)stat.st_size >= part &&
	    !ftruncate(writer->fd, stat.st_size - (off_t)part))
		writer->written -= part;
}

/*
 * Bytes that can be written without waiting. A pipe that is ready takes so many at once; whether it
 * waits is not ours to change, others may have it open.
 */
static size_t takes_now(const struct trace_writer *writer, size_t left)
{
	struct pollfd out = { .fd = writer->fd, .events = POLLOUT };

	if (writer->file)
		return left;
	if (poll(&out, 1, 0) <= 0)
		return 0;
	return left < PIPE_BUF ? left : PIPE_BUF;
}

/* Writes the backlog as far as it is taken, without waiting. */
static void flush(struct trace_writer *writer)
{
	size_t before = writer->written, length;
	ssize_t done;

	writer->error = 0;
	while (writer->written < writer->backlog.count) {
		length = takes_now(writer, writer->backlog.count - writer->written);
		if (!length) {
			writer->error = EAGAIN;
			return;
		}
		done = write(writer->fd, writer->backlog.bytes + writer->written, length);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			writer->error = done ? errno : ENOSPC;
			cut_back(writer, writer->written - before);
			return;
		}
		writer->written += (size_t)done;
	}
	writer->backlog.count = writer->written = 0;
	want_sync(writer, false);
}

/* ---- chunks ---------------------------------------------------------------------------------- */
static int put_chunk(struct trace_writer *writer, enum trace_chunk_type type, uint16_t flags,
		     uint64_t from_ns, uint64_t to_ns)
{
	struct trace_chunk chunk = { .magic = TRACE_CHUNK_MAGIC,
				     .type = (uint16_t)type,
				     .flags = flags,
				     .number = writer->number,
				     .plain_bytes = (uint32_t)writer->plain.count,
				     .from_ns = from_ns,
				     .to_ns = to_ns };
	size_t most = deflateBound(&writer->deflate, writer->plain.count), head;
	z_stream *deflate_to = &writer->deflate;
	uint8_t *at;

	if (writer->plain.failed || writer->plain.count > TRACE_MAX_PLAIN_BYTES ||
	    !buffer_room(&writer->backlog, sizeof(chunk) + most))
		return -ENOMEM;
	head = writer->backlog.count;
	at = writer->backlog.bytes + head;
	deflateReset(deflate_to);
	deflate_to->next_in = writer->plain.bytes;
	deflate_to->avail_in = (uInt)writer->plain.count;
	deflate_to->next_out = at + sizeof(chunk);
	deflate_to->avail_out = (uInt)most;
	if (deflate(deflate_to, Z_FINISH) != Z_STREAM_END)
		return -ENOMEM;
	chunk.stored_bytes = (uint32_t)deflate_to->total_out;
	memcpy(at, &chunk, sizeof(chunk));
	chunk.crc = (uint32_t)crc32(
		0, at + offsetof(struct trace_chunk, type),
		(uInt)(sizeof(chunk) - offsetof(struct trace_chunk, type) + chunk.stored_bytes));
	memcpy(at, &chunk, sizeof(chunk));
	writer->backlog.count += sizeof(chunk) + chunk.stored_bytes;
	writer->offset += sizeof(chunk) + chunk.stored_bytes;
	writer->number++;
	writer->plain.count = 0;
	return 0;
}

static int put_base(struct trace_writer *writer, uint64_t at_ns)
{
	uint64_t offset = writer->offset;
	int error = encode_base(&writer->encoder, writer->once, writer->once_count, at_ns,
				&writer->plain);

	if (!error && vec_reserve((void **)&writer->bases, &writer->base_capacity,
				  writer->base_count, sizeof(*writer->bases)))
		error = -ENOMEM;
	if (!error)
		error = put_chunk(writer, TRACE_BASE, 0, at_ns, at_ns);
	if (error)
		return error;
	writer->bases[writer->base_count++] = (struct base_entry){ offset, at_ns };
	writer->base_bytes = writer->offset - offset;
	writer->bytes_since_base = writer->windows_since_base = 0;
	return 0;
}

static bool wants_base(const struct trace_writer *writer)
{
	return writer->windows_since_base >= BASE_MOST_WINDOWS ||
	       writer->bytes_since_base >= BASE_PART * writer->base_bytes ||
	       encoder_is_worn(&writer->encoder);
}

static int put_window(struct trace_writer *writer, uint64_t to_ns)
{
	uint64_t offset;
	uint16_t flags;
	int error;

	error = wants_base(writer) ? put_base(writer, writer->last_ns) : 0;
	writer->encoder.tell_slow = writer->each_counts || writer->last ||
				    to_ns - writer->slow_ns >= SLOW_NS;
	if (writer->encoder.tell_slow)
		writer->slow_ns = to_ns;
	/* a base is never the last thing that is told: a window follows in the same write */
	offset = writer->offset;
	flags = encoder_is_quiet(&writer->encoder) ? TRACE_QUIET : 0;
	if (!error)
		error = encode_window(&writer->encoder, writer->last_ns, to_ns, &writer->plain);
	if (!error)
		error = put_chunk(writer, TRACE_WINDOW, flags, writer->last_ns, to_ns);
	writer->bytes_since_base += writer->offset - offset;
	writer->windows_since_base++;
	return error;
}

static int put_boundary(struct trace_writer *writer, uint64_t at_ns)
{
	int error = 0;

	flush(writer);
	if (!writer->first_ns) {
		encode_schema(&writer->plain);
		error = put_chunk(writer, TRACE_SCHEMA, 0, at_ns, at_ns);
		if (!error)
			error = put_base(writer, at_ns);
		writer->first_ns = writer->slow_ns = at_ns;
	} else if (writer->backlog.count) {
		/* the state is told again at the next boundary */
		encoder_skip(&writer->encoder);
		writer->merged++;
		return 0;
	} else {
		error = put_window(writer, at_ns);
	}
	writer->last_ns = at_ns;
	writer->once_waiting = 0;
	flush(writer);
	return error;
}

/* ---- records --------------------------------------------------------------------------------- */
static int keep_once(struct trace_writer *writer, const struct record *record)
{
	if (vec_reserve((void **)&writer->once, &writer->once_capacity, writer->once_count,
			sizeof(*writer->once)))
		return -ENOMEM;
	writer->once[writer->once_count++] = *record;
	return 0;
}

int trace_writer_setting(struct trace_writer *writer, const char *name, double value)
{
	struct record record = { .kind = RECORD_SETTING };

	snprintf(record.setting.name, sizeof(record.setting.name), "%s", name);
	memcpy(&record.setting.value, &value, sizeof(value));
	return keep_once(writer, &record);
}

int trace_writer_put(struct trace_writer *writer, const struct record *record)
{
	switch (record->kind) {
	case RECORD_CAPTURE:
		writer->each_counts = record->capture.interval_ns != 0;
		return keep_once(writer, record);
	case RECORD_HOST:
	case RECORD_SETTING:
		return keep_once(writer, record);
	case RECORD_SNAPSHOT:
		writer->last = record->snapshot.last;
		return encoder_add(&writer->encoder, record);
	case RECORD_BOUNDARY:
		return put_boundary(writer, record->boundary.at_ns);
	default:
		/* stalls, exits: nothing is told of them again */
		if (writer->backlog.count && writer->encoder.part == PART_ONCE &&
		    ++writer->once_waiting > ONCE_MAX) {
			writer->dropped++;
			return 0;
		}
		return encoder_add(&writer->encoder, record);
	}
}

/* ---- the end --------------------------------------------------------------------------------- */
static void put_index(struct trace_writer *writer)
{
	struct trace_tail tail = { .index_offset = writer->offset, .magic = TRACE_TAIL_MAGIC };
	struct base_entry last = { 0, 0 };
	size_t i;

	put_varint(&writer->plain, writer->base_count);
	for (i = 0; i < writer->base_count; i++) {
		put_varint(&writer->plain, writer->bases[i].offset - last.offset);
		put_varint(&writer->plain, writer->bases[i].to_ns - last.to_ns);
		last = writer->bases[i];
	}
	if (!put_chunk(writer, TRACE_INDEX, 0, writer->first_ns, writer->last_ns))
		put_bytes(&writer->backlog, &tail, sizeof(tail));
}

/* A pipe's reader may be a moment late. */
static void flush_patiently(struct trace_writer *writer)
{
	struct pollfd out = { .fd = writer->fd, .events = POLLOUT };

	for (flush(writer); writer->error == EAGAIN; flush(writer))
		if (poll(&out, 1, LAST_TRY_MS) <= 0)
			break;
}

static int say_missing(const struct trace_writer *writer, struct err *e)
{
	if (!writer->first_ns) {
		if (writer->path)
			unlink(writer->path); /* a trace of nothing helps nobody */
		return err_set(e, EXIT_FAILED, "nothing was recorded: the watch ended too early");
	}
	if (writer->backlog.count)
		return err_set(e, EXIT_FAILED,
			       "%s lacks what was seen last: %s; what it has can be read",
			       writer->name, strerror(writer->error));
	if (writer->merged || writer->dropped)
		snprintf(e->text, sizeof(e->text),
			 "%s did not take everything in time: %llu windows are merged with the "
			 "next one, %llu stalls or ends of threads are left out",
			 writer->name, (unsigned long long)writer->merged,
			 (unsigned long long)writer->dropped);
	return 0;
}

int trace_writer_close(struct trace_writer *writer, struct err *e)
{
	int result;

	if (!writer)
		return 0;
	if (writer->first_ns)
		put_index(writer);
	flush_patiently(writer);
	result = say_missing(writer, e);
	if (writer->has_syncer) {
		want_sync(writer, true);
		pthread_join(writer->syncer, NULL);
		fdatasync(writer->fd);
	}
	if (close(writer->fd) && !result)
		result = err_set(e, EXIT_FAILED, "cannot finish %s: %s", writer->name,
				 strerror(errno));
	pthread_mutex_destroy(&writer->lock);
	pthread_cond_destroy(&writer->wanted);
	deflateEnd(&writer->deflate);
	encoder_free(&writer->encoder);
	buffer_free(&writer->plain);
	buffer_free(&writer->backlog);
	free(writer->path);
	free(writer->once);
	free(writer->bases);
	free(writer);
	return result;
}
