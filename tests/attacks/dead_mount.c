// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A FUSE file system whose server answers until the attacker has what it wants, then never again.
 * SECONDS KIND FOLDER FILE; KIND "open": the attacker maps FILE from FOLDER, opening it again waits
 * for ever; "read": opening goes well, reading waits; "traps": in a mount namespace of its own, where
 * /tmp is the dead file system and /usr/lib/debug is full of FIFOs, it waits at a lock from code
 * that no file holds.
 * Truth: the attacker sleeps, or waits at its lock; what it mapped is never used.
 */
#include "attack.h"

#include <linux/fuse.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/uio.h>

#define FILE_NODE 2
#define FOREVER 3600
#define BUFFER_BYTES (1 << 20)

static int fuse = -1;
static int backing = -1;
static struct stat backing_stat;
static bool plain_open; /* opening needs no answer of ours from the first one on */
static char buffer[BUFFER_BYTES];

static void answer(uint64_t unique, int error, const void *data, size_t size)
{
	struct fuse_out_header head = { .len = (uint32_t)(sizeof(head) + size),
					.error = error,
					.unique = unique };
	struct iovec parts[] = { { &head, sizeof(head) }, { (void *)data, size } };

	if (writev(fuse, parts, size ? 2 : 1) < 0 && errno != ENOENT)
		die("answer");
}

static struct fuse_attr attributes(uint64_t node)
{
	struct fuse_attr attr = { .ino = node, .mode = S_IFDIR | 0777, .nlink = 2, .blksize = 4096 };

	attr.uid = attr.gid = NOBODY;
	if (node == FILE_NODE) {
		attr.mode = S_IFREG | 0755;
		attr.nlink = 1;
		attr.size = (uint64_t)backing_stat.st_size;
		attr.blocks = attr.size / 512;
	}
	return attr;
}

static void answer_open(const struct fuse_in_header *in)
{
	const struct fuse_open_out out = { .fh = 1 };

	if (plain_open && in->opcode == FUSE_OPEN)
		answer(in->unique, -ENOSYS, NULL, 0);
	else
		answer(in->unique, 0, &out, sizeof(out));
}

static void answer_read(const struct fuse_in_header *in, const struct fuse_read_in *wanted)
{
	static char data[BUFFER_BYTES];
	size_t size = wanted->size < sizeof(data) ? wanted->size : sizeof(data);
	ssize_t got = pread(backing, data, size, (off_t)wanted->offset);

	answer(in->unique, 0, data, got > 0 ? (size_t)got : 0);
}

static void answer_one(void)
{
	const struct fuse_in_header *in = (const void *)buffer;
	struct fuse_init_out init = { .major = FUSE_KERNEL_VERSION,
				      .minor = 31,
				      .max_readahead = 4096,
				      .max_write = 65536,
				      .max_background = 12,
				      .congestion_threshold = 9 };
	struct fuse_entry_out entry = { .nodeid = FILE_NODE,
					.entry_valid = FOREVER,
					.attr_valid = FOREVER,
					.attr = attributes(FILE_NODE) };
	struct fuse_attr_out attr = { .attr_valid = FOREVER };

	if (read(fuse, buffer, sizeof(buffer)) < (ssize_t)sizeof(*in))
		die("read /dev/fuse");
	switch (in->opcode) {
	case FUSE_INIT:
		answer(in->unique, 0, &init, sizeof(init));
		break;
	case FUSE_LOOKUP:
		answer(in->unique, backing < 0 ? -ENOENT : 0, &entry,
		       backing < 0 ? 0 : sizeof(entry));
		break;
	case FUSE_GETATTR:
		attr.attr = attributes(in->nodeid);
		answer(in->unique, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		answer_open(in);
		break;
	case FUSE_READ:
		answer_read(in, (const void *)(in + 1));
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
		break;
	default:
		answer(in->unique, -ENOSYS, NULL, 0);
	}
}

static void mount_fuse(const char *folder)
{
	char options[128];

	fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fuse < 0)
		skip("FUSE is not there");
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40777,user_id=%d,group_id=%d,allow_other,default_permissions",
		 fuse, NOBODY, NOBODY);
	if (mount("boundby-test", folder, "fuse", MS_NOSUID | MS_NODEV, options))
		skip("FUSE cannot be mounted");
}

/* Answers until `done` is closed by the attacker, then lives on in silence. */
static void serve_until(int done)
{
	struct pollfd polled[] = { { .fd = fuse, .events = POLLIN }, { .fd = done } };

	for (;;) {
		if (poll(polled, 2, -1) < 0)
			die("poll");
		if (polled[1].revents)
			sleep_to_end();
		if (polled[0].revents)
			answer_one();
	}
}

static void hold(const char *folder)
{
	char path[256];
	struct stat info;
	int fd;

	snprintf(path, sizeof(path), "%s/libpython3.11.so.1.0", folder);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &info) ||
	    mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		die(path);
}

static void fill_debug_folder(void)
{
	char path[64];
	int i;

	if (mount("boundby-test", "/usr/lib/debug", "tmpfs", 0, NULL) ||
	    mkdir("/usr/lib/debug/.build-id", 0755))
		skip("/usr/lib/debug cannot be mounted");
	for (i = 0; i < 256; i++) {
		snprintf(path, sizeof(path), "/usr/lib/debug/.build-id/%02x", i);
		if (mkfifo(path, 0666))
			die(path);
	}
}

static void attack(const char *kind, const char *folder, int done)
{
	become_nobody();
	close(fuse);
	if (strcmp(kind, "traps"))
		hold(folder);
	else
		convoy_start(code_of_no_file());
	close(done);
	ready();
	for (;;) {
		spin_cpu_ns(MS / 5);
		sleep_ns(20 * MS);
	}
}

int main(int argc, char **argv)
{
	const char *kind = argc > 4 ? argv[2] : "", *folder = argc > 4 ? argv[3] : "";
	bool traps = !strcmp(kind, "traps");
	int done[2];

	workload_begin(argc, argv);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	plain_open = !strcmp(kind, "read");
	if (traps) {
		if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
			skip("a mount namespace cannot be made");
		fill_debug_folder();
		folder = "/tmp";
	} else {
		backing = open(argv[4], O_RDONLY | O_CLOEXEC);
		if (backing < 0 || fstat(backing, &backing_stat))
			die(argv[4]);
	}
	mount_fuse(folder);
	if (pipe2(done, O_CLOEXEC))
		die("pipe");
	if (!fork()) {
		close(done[0]);
		attack(kind, folder, done[1]);
	}
	close(done[1]);
	serve_until(done[0]);
}
