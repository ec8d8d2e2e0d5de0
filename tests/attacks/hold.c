// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Maps files, never touches them, and runs a little all the time. "truncate" before the files: each
 * time that another opens one, it is emptied at once, and filled again 20 ms later.
 * Truth: it sleeps; nothing of the files is ever used.
 */
#include "attack.h"

#include <sys/inotify.h>

#define FILES_MAX 8
#define KEPT_BYTES (1 << 20) /* the rest of a file is zeros */

struct held {
	int fd, watch;
	off_t size;
	char *content;
};

static struct held held[FILES_MAX];
static int count, notify = -1;

static void hold(const char *path, bool truncate)
{
	struct held *file = &held[count++];

	file->fd = open(path, truncate ? O_RDWR : O_RDONLY);
	file->size = file->fd < 0 ? 0 : lseek(file->fd, 0, SEEK_END);
	if (file->size <= 0)
		die(path);
	if (mmap(NULL, (size_t)file->size, PROT_READ, MAP_PRIVATE, file->fd, 0) == MAP_FAILED)
		die("mmap");
	if (!truncate)
		return;
	file->content = calloc(1, KEPT_BYTES);
	if (!file->content || pread(file->fd, file->content, KEPT_BYTES, 0) <= 0)
		die("read");
	file->watch = inotify_add_watch(notify, path, IN_OPEN);
}

static void *empty_what_is_opened(void *unused)
{
	struct inotify_event event;
	int i;

	while (read(notify, &event, sizeof(event)) == sizeof(event))
		for (i = 0; i < count; i++) {
			if (held[i].watch != event.wd)
				continue;
			if (ftruncate(held[i].fd, 0))
				die("ftruncate");
			sleep_ns(20 * MS);
			if (pwrite(held[i].fd, held[i].content, KEPT_BYTES, 0) != KEPT_BYTES ||
			    ftruncate(held[i].fd, held[i].size))
				die("write");
		}
	die("inotify");
	return NULL;
}

int main(int argc, char **argv)
{
	bool truncate = argc > 2 && !strcmp(argv[2], "truncate");
	int i;

	workload_begin(argc, argv);
	become_nobody();
	notify = inotify_init1(IN_CLOEXEC);
	for (i = truncate ? 3 : 2; i < argc && count < FILES_MAX; i++)
		hold(argv[i], truncate);
	if (truncate)
		start_thread(empty_what_is_opened, NULL);
	ready();
	for (;;) {
		spin_cpu_ns(MS / 5);
		sleep_ns(20 * MS);
	}
}
