// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keeps records in files that survive a crash: each is written anew, forced to disk and renamed
 * into place. Advised: on eight threads; the file system commits them together.
 */
#include "lib/corpus.h"

static uint64_t *done;

static void *save_records(void *unused)
{
	static const char record[4096] = "record";
	char fresh[40], name[40];
	int number, fd;

	for (number = 0;; number = (number + 1) % 64) {
		snprintf(fresh, sizeof(fresh), "%d-new", gettid());
		snprintf(name, sizeof(name), "%d-%d", gettid(), number);
		fd = open(fresh, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
		if (fd < 0 || write(fd, record, sizeof(record)) < 0 || fsync(fd) || close(fd) ||
		    rename(fresh, name))
			die("record");
		truth_add(done, 1);
	}
	return unused;
}

int main(int argc, char **argv)
{
	int threads = corpus_begin(argc, argv) ? 8 : 1;
	struct statfs here;

	done = truth("done");
	if (statfs(".", &here) || here.f_type == TMPFS_MAGIC || here.f_type == RAMFS_MAGIC)
		skip("the folder for temporary files lies in memory; set TMPDIR");
	while (--threads > 0)
		start_thread(save_records, NULL);
	ready();
	save_records(NULL);
	return 0;
}
