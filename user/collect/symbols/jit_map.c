// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of compiled code by address, from a process's perf map; for reused addresses the newest. */
#include "collect/symbols/jit_map.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect/reader/files.h"
#include "lib/vec.h"

#define LINES_MAX 200000
#define BYTES_MAX (32 * 1024 * 1024)
#define NAME_MAX_LEN 100

struct jit_code {
	uint64_t start, size;
	size_t line; /* number in the file: later ones replace those before */
	char name[NAME_MAX_LEN];
};

struct jit_map {
	struct jit_code *codes; /* by start, then newest first */
	size_t count, capacity;
};

struct owner {
	long number; /* of the process in its own PID namespace: the file is named by that */
	uid_t user; /* effective */
};

static bool read_owner(pid_t pid, struct owner *ret)
{
	char path[64], line[256];
	bool user = false;
	FILE *status;

	memset(ret, 0, sizeof(*ret));
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	status = files_open_proc(path);
	while (status && fgets(line, sizeof(line), status)) {
		user |= sscanf(line, "Uid: %*u %u", &ret->user) == 1;
		if (!strncmp(line, "NStgid:", 7)) {
			char *word = strrchr(line, '\t');

			ret->number = word ? strtol(word, NULL, 10) : 0;
			break;
		}
	}
	if (status)
		fclose(status);
	return user && ret->number > 0;
}

/* In a folder that all users may write to: as in perf, only a file of the process's own user, or of root. */
static FILE *open_map(pid_t pid)
{
	struct owner owner;
	struct stat info;
	char path[40];
	int fd;

	if (!read_owner(pid, &owner))
		return NULL;
	snprintf(path, sizeof(path), "/tmp/perf-%ld.map", owner.number);
	fd = files_open_below_root(pid, path);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &info) || info.st_size > BYTES_MAX ||
	    (info.st_uid && info.st_uid != owner.user)) {
		close(fd);
		return NULL;
	}
	return fdopen(fd, "r");
}

static int compare_codes(const void *a, const void *b)
{
	const struct jit_code *one = a, *other = b;

	if (one->start != other->start)
		return one->start < other->start ? -1 : 1;
	return one->line > other->line ? -1 : 1;
}

struct jit_map *jit_map_read(pid_t pid)
{
	FILE *file = open_map(pid);
	struct jit_map *map;
	char line[512];

	if (!file)
		return NULL;
	map = calloc(1, sizeof(*map));
	while (map && map->count < LINES_MAX && fgets(line, sizeof(line), file)) {
		struct jit_code code = { .line = map->count };
		char *word = line;

		code.start = strtoull(word, &word, 16);
		code.size = strtoull(word, &word, 16);
		word += strspn(word, " ");
		word[strcspn(word, "\n")] = '\0';
		if (!code.start || !code.size || !word[0])
			continue;
		snprintf(code.name, sizeof(code.name), "%.*s", NAME_MAX_LEN - 1, word);
		if (vec_reserve((void **)&map->codes, &map->capacity, map->count, sizeof(code)))
			break;
		map->codes[map->count++] = code;
	}
	fclose(file);
	if (map && map->count)
		qsort(map->codes, map->count, sizeof(*map->codes), compare_codes);
	return map;
}

const char *jit_name(const struct jit_map *map, uint64_t address)
{
	size_t low = 0, high = map ? map->count : 0, middle;

	while (low < high) { /* the first that begins behind the address */
		middle = low + (high - low) / 2;
		if (map->codes[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	/* the newest of those that start at the same place */
	for (low--; low > 0 && map->codes[low - 1].start == map->codes[low].start;)
		low--;
	return address - map->codes[low].start < map->codes[low].size ? map->codes[low].name : NULL;
}

void jit_map_free(struct jit_map *map)
{
	if (!map)
		return;
	free(map->codes);
	free(map);
}
