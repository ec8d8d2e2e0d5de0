// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waits at a lock from code that no file holds, which is named by /tmp/perf-PID.map. The second
 * argument says what that file is: "own" an honest map, "fifo", "link" to a map elsewhere, "other"
 * of another user, "huge" 10 GB of which the first line is right, "none".
 * Truth: three threads wait at one lock; only the name in its own map is the program's.
 */
#include "attack.h"

#define HUGE_BYTES (10LL << 30)
#define ANOTHER_USER 1

static void write_map(const char *path, const void *code, const char *name)
{
	FILE *file = fopen(path, "w");

	if (!file || fprintf(file, "%lx 1000 %s\n", (unsigned long)(uintptr_t)code, name) < 0 ||
	    fclose(file))
		die(path);
}

static void lay(const char *kind, const char *path, const void *code)
{
	char elsewhere[64];

	unlink(path);
	if (!strcmp(kind, "own")) {
		write_map(path, code, "honest_name");
	} else if (!strcmp(kind, "fifo")) {
		if (mkfifo(path, 0666))
			die(path);
	} else if (!strcmp(kind, "link")) {
		snprintf(elsewhere, sizeof(elsewhere), "/tmp/boundby-test-map-%d", getpid());
		write_map(elsewhere, code, "name_behind_link");
		if (symlink(elsewhere, path) || lchown(path, NOBODY, NOBODY))
			die(path);
	} else if (!strcmp(kind, "other")) {
		write_map(path, code, "name_by_another");
		if (chown(path, ANOTHER_USER, ANOTHER_USER))
			die(path);
	} else if (!strcmp(kind, "huge")) {
		write_map(path, code, "name_in_huge");
		if (truncate(path, HUGE_BYTES))
			die(path);
	}
	if (strcmp(kind, "other") && strcmp(kind, "link") && strcmp(kind, "none") &&
	    chown(path, NOBODY, NOBODY))
		die(path);
}

int main(int argc, char **argv)
{
	char path[64];
	void *code;

	workload_begin(argc, argv);
	code = code_of_no_file();
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	lay(argc > 2 ? argv[2] : "own", path, code);
	become_nobody();
	convoy_start(code);
	ready();
	sleep_to_end();
}
