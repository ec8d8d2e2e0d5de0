// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Creates new files and removes old ones. Only a regular file that has our name and our magic, and
 * that existed when the run began or was created by it, is ever removed.
 */
#include "trace/recorder/segment_dir.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/units.h"
#include "lib/vec.h"
#include "trace/recording.h"
#include "trace_format.h"

#define SEGMENT_BEGIN "boundby-"
#define INCIDENT_BEGIN "incident-"
#define SUFFIX ".bbt"
#define PART ".part" /* behind the name of an incident that is not whole yet */
#define LOCK_NAME ".lock"
#define STAMP_LEN 16 /* 20261121T140300Z */
#define TRIES 100 /* names taken by another program */

/* ---- names ----------------------------------------------------------------------------------- */
static void put_stamp(uint64_t realtime_ns, char ret[STAMP_LEN + 1])
{
	time_t second = (time_t)(realtime_ns / NS_PER_S);
	struct tm day = { 0 };

	gmtime_r(&second, &day);
	strftime(ret, STAMP_LEN + 1, "%Y%m%dT%H%M%SZ", &day);
}

static bool is_stamp(const char *text)
{
	static const char form[] = "00000000T000000Z";
	size_t i;

	for (i = 0; i < STAMP_LEN; i++)
		if (form[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
			return false;
	return true;
}

/* The part of a name between its prefix with a stamp and its end. False: it is another name. */
static bool take_middle(const char *name, const char *begin, const char *end, char *ret,
			size_t size)
{
	size_t length = strlen(name), front = strlen(begin) + STAMP_LEN + 1, back = strlen(end);

	if (length >= SEGMENT_NAME_LEN || length <= front + back ||
	    strncmp(name, begin, strlen(begin)) || !is_stamp(name + strlen(begin)) ||
	    name[front - 1] != '-' || strcmp(name + length - back, end) ||
	    length - front - back >= size)
		return false;
	snprintf(ret, size, "%.*s", (int)(length - front - back), name + front);
	return true;
}

bool segment_is_name(const char *name, uint32_t *ret_number)
{
	char number[10]; /* nine digits fit 32 bits */

	if (!take_middle(name, SEGMENT_BEGIN, SUFFIX, number, sizeof(number)) ||
	    strspn(number, "0123456789") != strlen(number))
		return false;
	*ret_number = (uint32_t)strtoul(number, NULL, 10);
	return true;
}

/* With what stands behind the reason. */
static bool is_incident(const char *name, const char *end)
{
	char reason[32];

	return take_middle(name, INCIDENT_BEGIN, end, reason, sizeof(reason)) &&
	       strspn(reason, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(reason);
}

bool segment_is_incident_name(const char *name)
{
	return is_incident(name, SUFFIX);
}

/* ---- files ----------------------------------------------------------------------------------- */
/* Segments by number; behind them incidents as they came, those that were left by their names. */
static int compare(const void *a, const void *b)
{
	const struct segment_file *one = a, *other = b;

	if (one->incident != other->incident)
		return one->incident - other->incident;
	if (one->number != other->number)
		return one->number < other->number ? -1 : 1;
	return strcmp(one->name, other->name);
}

static struct segment_file *new_file(struct segment_dir *dir, const char *name)
{
	struct segment_file *file;

	if (vec_reserve((void **)&dir->files, &dir->capacity, dir->count, sizeof(*dir->files)))
		return NULL;
	file = &dir->files[dir->count];
	memset(file, 0, sizeof(*file));
	snprintf(file->name, sizeof(file->name), "%s", name);
	file->incident = !segment_is_name(name, &file->number);
	if (file->incident)
		file->number = dir->next_incident;
	return file;
}

/* Opens a file that may be ours: regular, with our magic. -1: it is not. */
static int open_ours(const struct segment_dir *dir, const char *name, struct stat *stat)
{
	int fd = openat(dir->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char magic[sizeof(((struct trace_head *)0)->magic)];

	if (fd >= 0 && !fstat(fd, stat) && S_ISREG(stat->st_mode) &&
	    pread(fd, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic) &&
	    !memcmp(magic, TRACE_MAGIC, sizeof(magic)))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

int segment_dir_add(struct segment_dir *dir, const char *name, uint64_t end_ns, const char *boot_id)
{
	struct segment_file *file;
	struct stat stat;
	int fd = open_ours(dir, name, &stat);

	if (fd < 0)
		return 0;
	close(fd);
	file = new_file(dir, name);
	if (!file)
		return -ENOMEM;
	file->bytes = (uint64_t)stat.st_size;
	file->inode = stat.st_ino;
	file->end_ns = end_ns;
	snprintf(file->boot_id, sizeof(file->boot_id), "%s", boot_id);
	dir->count++;
	if (file->incident && file->number)
		dir->next_incident++;
	qsort(dir->files, dir->count, sizeof(*dir->files), compare);
	return 0;
}

/* A file that an earlier run left. What nothing can be read of is as old as this run. */
static int add_left(struct segment_dir *dir, const char *name)
{
	struct trace_facts *facts = calloc(1, sizeof(*facts));
	struct stat stat;
	int fd = open_ours(dir, name, &stat), result = 0;

	if (!facts)
		result = -ENOMEM;
	if (fd >= 0 && !result) {
		if (recording_facts(fd, name, facts, NULL))
			memset(facts, 0, sizeof(*facts));
		result = segment_dir_add(dir, name, facts->last_ns, facts->host.boot_id);
	}
	if (fd >= 0)
		close(fd);
	free(facts);
	return result;
}

/* Takes a file away, if it is still the one that was noted. Returns the bytes that it had. */
static uint64_t take_away(struct segment_dir *dir, size_t at)
{
	struct segment_file *file = &dir->files[at];
	struct stat stat;
	uint64_t bytes = 0;
	int fd = open_ours(dir, file->name, &stat);

	if (fd >= 0 && stat.st_ino == file->inode && !unlinkat(dir->fd, file->name, 0)) {
		bytes = (uint64_t)stat.st_size;
		dir->removed++;
	}
	if (fd >= 0)
		close(fd);
	dir->count--;
	memmove(file, file + 1, (dir->count - at) * sizeof(*file));
	return bytes;
}

/* ---- the directory --------------------------------------------------------------------------- */
static int scan(struct segment_dir *dir)
{
	int fd = openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), error = 0;
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	uint32_t number;
	struct stat stat;

	if (!entries) {
		error = -errno;
		if (fd >= 0)
			close(fd);
		return error;
	}
	while (!error && (entry = readdir(entries))) {
		if (segment_is_name(entry->d_name, &number) && number >= dir->next_number)
			dir->next_number = number + 1;
		if (segment_is_name(entry->d_name, &number) ||
		    segment_is_incident_name(entry->d_name))
			error = add_left(dir, entry->d_name);
		if (!is_incident(entry->d_name, SUFFIX PART))
			continue;
		/* an incident whose writer was killed */
		fd = open_ours(dir, entry->d_name, &stat);
		if (fd >= 0) {
			unlinkat(dir->fd, entry->d_name, 0);
			close(fd);
		}
	}
	closedir(entries);
	dir->next_incident = 1; /* those that come now are behind all that were left */
	return error;
}

static int check_owner(const struct segment_dir *dir, struct err *e)
{
	struct stat stat;

	if (fstat(dir->fd, &stat))
		return err_set(e, ERR_FAILED, "cannot record in '%s': %s", dir->path,
			       strerror(errno));
	if (stat.st_uid != geteuid())
		return err_set(
			e, ERR_FAILED,
			"'%s' belongs to another user, which could put links there; give --dir a "
			"directory that you own",
			dir->path);
	if (stat.st_mode & (S_IWGRP | S_IWOTH))
		return err_set(e, ERR_FAILED,
			       "others may write to '%s'; chmod go-w it, or give --dir another "
			       "directory",
			       dir->path);
	return 0;
}

static int take_lock(struct segment_dir *dir, struct err *e)
{
	dir->lock_fd = openat(dir->fd, LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (dir->lock_fd >= 0 && !flock(dir->lock_fd, LOCK_EX | LOCK_NB))
		return 0;
	if (dir->lock_fd >= 0 && errno == EWOULDBLOCK)
		return err_set(e, ERR_FAILED,
			       "another boundby records in '%s'; give each its own --dir",
			       dir->path);
	return err_set(e, ERR_FAILED, "cannot record in '%s': %s; give --dir another directory",
		       dir->path, strerror(errno));
}

int segment_dir_open(struct segment_dir *dir, const char *path, struct err *e)
{
	int error;

	memset(dir, 0, sizeof(*dir));
	dir->fd = dir->lock_fd = -1;
	dir->next_number = 1;
	dir->path = strdup(path);
	if (!dir->path)
		return err_set(e, ERR_FAILED, "out of memory");
	if (mkdir(path, 0700) && errno != EEXIST)
		return err_set(e, ERR_FAILED, "cannot make the directory '%s': %s", path,
			       strerror(errno));
	dir->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir->fd < 0)
		return err_set(e, ERR_FAILED, "cannot record in '%s': %s; give --dir a directory",
			       path, strerror(errno));
	if (check_owner(dir, e) || take_lock(dir, e))
		return -1;
	error = scan(dir);
	return error ? err_set(e, ERR_FAILED, "cannot read '%s': %s", path, strerror(-error)) : 0;
}

void segment_dir_close(struct segment_dir *dir)
{
	if (dir->lock_fd >= 0)
		close(dir->lock_fd);
	if (dir->fd >= 0)
		close(dir->fd);
	free(dir->path);
	free(dir->files);
	memset(dir, 0, sizeof(*dir));
	dir->fd = dir->lock_fd = -1;
}

bool segment_dir_is_there(const struct segment_dir *dir)
{
	struct stat at_path, own;

	return dir->fd >= 0 && !stat(dir->path, &at_path) && !fstat(dir->fd, &own) &&
	       at_path.st_dev == own.st_dev && at_path.st_ino == own.st_ino;
}

bool segment_dir_has(const struct segment_dir *dir, const char *name)
{
	return !faccessat(dir->fd, name, F_OK, AT_SYMLINK_NOFOLLOW);
}

/* ---- new files ------------------------------------------------------------------------------- */
int segment_dir_create(struct segment_dir *dir, uint64_t realtime_ns, char ret[SEGMENT_NAME_LEN])
{
	char stamp[STAMP_LEN + 1];
	int fd, tries = 0;

	put_stamp(realtime_ns, stamp);
	do {
		snprintf(ret, SEGMENT_NAME_LEN, SEGMENT_BEGIN "%s-%04u" SUFFIX, stamp,
			 dir->next_number);
		fd = openat(dir->fd, ret,
			    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_APPEND | O_CLOEXEC, 0600);
		if (fd >= 0 || errno == EEXIST)
			dir->next_number++;
	} while (fd < 0 && errno == EEXIST && ++tries < TRIES);
	return fd < 0 ? -errno : fd;
}

static int write_all(int fd, const char *bytes, size_t length)
{
	ssize_t done;

	while (length) {
		done = write(fd, bytes, length);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done ? -errno : -ENOSPC;
		bytes += done;
		length -= (size_t)done;
	}
	return fsync(fd) ? -errno : 0;
}

/* An unused name: incidents of the same second are numbered. */
static int free_name(const struct segment_dir *dir, const char *stamp, const char *reason,
		     char ret[SEGMENT_NAME_LEN])
{
	int i;

	for (i = 1; i <= TRIES; i++) {
		char more[16] = "";

		if (i > 1)
			snprintf(more, sizeof(more), "-%d", i);
		snprintf(ret, SEGMENT_NAME_LEN, INCIDENT_BEGIN "%s-%.20s%s" SUFFIX, stamp, reason,
			 more);
		if (!segment_dir_has(dir, ret))
			return 0;
	}
	return -EEXIST;
}

int segment_dir_write_incident(struct segment_dir *dir, const void *bytes, size_t length,
			       uint64_t realtime_ns, const char *reason, char ret[SEGMENT_NAME_LEN])
{
	char stamp[STAMP_LEN + 1], part[SEGMENT_NAME_LEN + sizeof(PART)];
	int fd, error;

	put_stamp(realtime_ns, stamp);
	error = free_name(dir, stamp, reason, ret);
	if (error)
		return error;
	snprintf(part, sizeof(part), "%s" PART, ret);
	fd = openat(dir->fd, part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	error = write_all(fd, bytes, length);
	if (close(fd) && !error)
		error = -errno;
	if (!error && renameat(dir->fd, part, dir->fd, ret))
		error = -errno;
	if (error)
		unlinkat(dir->fd, part, 0);
	else
		fsync(dir->fd); /* the name, too */
	return error;
}

void segment_dir_drop_empty(struct segment_dir *dir, const char *name)
{
	struct stat stat;

	if (!fstatat(dir->fd, name, &stat, AT_SYMLINK_NOFOLLOW) && S_ISREG(stat.st_mode) &&
	    !stat.st_size)
		unlinkat(dir->fd, name, 0);
}

/* ---- bounds ---------------------------------------------------------------------------------- */
static bool is_too_old(const struct segment_file *file, const struct segment_limits *limits)
{
	bool of_boot = file->boot_id[0] && !strcmp(file->boot_id, limits->boot_id);
	uint64_t since_ns = of_boot ? file->end_ns : limits->begin_ns;

	return limits->keep_ns && limits->now_ns > since_ns &&
	       limits->now_ns - since_ns > limits->keep_ns;
}

static size_t first_incident(const struct segment_dir *dir)
{
	size_t i;

	for (i = 0; i < dir->count && !dir->files[i].incident; i++)
		;
	return i;
}

/* Which file is too much? dir->count: none. */
static size_t too_much(const struct segment_dir *dir, const struct segment_limits *limits)
{
	uint64_t bytes[2] = { limits->writing_bytes, 0 };
	size_t i, incident = first_incident(dir);

	for (i = 0; i < dir->count; i++)
		bytes[dir->files[i].incident] += dir->files[i].bytes;
	/* neither may take the whole place of the other; the newest incident always has one */
	if (incident + 1 < dir->count && bytes[1] > limits->max_bytes / 2)
		return incident;
	return bytes[0] + bytes[1] > limits->max_bytes ? 0 : dir->count;
}

void segment_dir_expire(struct segment_dir *dir, const struct segment_limits *limits)
{
	size_t i = 0;

	while (i < dir->count) {
		if (is_too_old(&dir->files[i], limits))
			take_away(dir, i);
		else
			i++;
	}
	while (limits->max_bytes && (i = too_much(dir, limits)) < dir->count)
		take_away(dir, i);
}

uint64_t segment_dir_make_room(struct segment_dir *dir)
{
	return dir->count && !dir->files[0].incident ? take_away(dir, 0) : 0;
}
