// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of cli/textfile: the file is always complete and has the right mode, and symbolic links are
 * not followed.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "watch/textfile.h"
#include "fixtures/folder.h"

#define PLAIN "# TYPE a_total counter\na_total 1\n"

static int setup(void **state)
{
	struct folder_fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	folder_fixture_open(fixture);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	folder_fixture_close(*state);
	free(*state);
	return 0;
}

static void test_textfile(void **state)
{
	struct folder_fixture *fixture = *state;
	char content[64] = "", path[128];
	struct stat info;
	struct err e = { 0 };
	mode_t before = umask(0077);
	int fd;

	assert_int_equal(textfile_check("a.prom", &e), 0);
	assert_int_equal(textfile_check("/x/boundby.prom", &e), 0);
	assert_int_equal(textfile_check("/x/.prom", &e), -1);
	assert_int_equal(textfile_check("/x.prom/y", &e), -1);
	assert_int_equal(textfile_check("", &e), -1);
	/* what stands there is replaced as a whole, a link itself and not what it leads to */
	assert_int_equal(symlink("/dev/null", fixture->path), 0);
	assert_int_equal(textfile_write(fixture->path, PLAIN, &e), 0);
	assert_int_equal(lstat(fixture->path, &info), 0);
	assert_true(S_ISREG(info.st_mode));
	assert_int_equal(info.st_mode & 07777, 0644);
	fd = open(fixture->path, O_RDONLY);
	assert_int_equal(read(fd, content, sizeof(content) - 1), (ssize_t)strlen(PLAIN));
	close(fd);
	assert_string_equal(content, PLAIN);
	/* left behind by one that was killed */
	snprintf(path, sizeof(path), "%s.tmp-%d", fixture->path, (int)getpid());
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(textfile_write(fixture->path, "a 1\n", &e), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(textfile_write("/nowhere/at/all.prom", PLAIN, &e), -1);
	assert_int_equal(textfile_write(fixture->folder, PLAIN, &e), -1);
	umask(before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_textfile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
