// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of the layers of lib/process/sandbox alone, and of kernels that lack one of them. */
#include "sandbox_fixture.h"

static bool kernel_has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0;
}

/* Landlock by itself: files are denied, the rest is not its concern. */
static void test_landlock_alone(void **state)
{
	static const struct row files[] = { ROW(open_for_reading), ROW(open_for_writing),
					    ROW(open_folder), ROW(make_folder) };
	static const struct row others[] = { ROW(make_socket), ROW(read_input), ROW(make_child) };

	if (!kernel_has_landlock())
		skip();
	expect_rows(ROWS(files), SANDBOX_LANDLOCK, EACCES, 0);
	expect_rows(ROWS(others), SANDBOX_LANDLOCK, 0, 0);
}

/* Root without capabilities is bound even by the mode bits of a file. */
static int open_without_mode(void)
{
	int fd = open(fixture.name, O_WRONLY | O_CREAT | O_EXCL, 0);

	if (fd < 0)
		return errno;
	return outcome(open(fixture.name, O_RDONLY) >= 0);
}

static void test_capabilities_alone(void **state)
{
	static const struct row rows[] = { ROW(open_without_mode) };

	if (geteuid())
		skip();
	expect_rows(ROWS(rows), SANDBOX_CAPABILITIES, EACCES, 0);
}

/* "CapEff:\t00ff" of a process as a number, ~0 when there is none. */
static unsigned long long status_field(pid_t pid, const char *name, int base)
{
	unsigned long long value = ~0ULL;
	char path[64], line[256];
	size_t length = strlen(name);
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, name, length) && line[length] == ':')
			value = strtoull(line + length + 1, NULL, base);
	fclose(file);
	return value;
}

/* A child that says when it is inside, and stays until the other end of its input is closed. */
static pid_t start_waiting(int *ret_input)
{
	int input[2], ready[2];
	char byte = 0;
	pid_t child;

	assert_int_equal(pipe2(input, O_CLOEXEC) | pipe2(ready, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		close(input[1]);
		if (sandbox_enter(NULL) || write(ready[1], &byte, 1) != 1)
			_exit(CANNOT_ENTER);
		_exit(read(input[0], &byte, 1) ? WRONG_RESULT : 0);
	}
	close(input[0]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	*ret_input = input[1];
	return child;
}

static void test_what_the_kernel_says(void **state)
{
	static const char *const sets[] = { "CapInh", "CapPrm", "CapEff", "CapAmb", "CapBnd" };
	int input, status;
	pid_t child = start_waiting(&input);
	size_t i;

	/* only root may take from the bounding set; without new privileges it gives nothing */
	for (i = 0; i < (geteuid() ? 4 : 5); i++)
		assert_int_equal(status_field(child, sets[i], 16), 0);
	assert_int_equal(status_field(child, "NoNewPrivs", 10), 1);
	assert_int_equal(status_field(child, "Seccomp", 10), 2);
	assert_int_equal(status_field(child, "Seccomp_filters", 10),
			 status_field(getpid(), "Seccomp_filters", 10) + 1);
	close(input);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	if (!geteuid())
		assert_int_not_equal(status_field(getpid(), "CapEff", 16), 0);
}

/* It reports when it cannot: here it is already inside. */
static int enter_again(void)
{
	struct err e = { 0 };

	if (!sandbox_enter(&e))
		return WRONG_RESULT;
	return e.kind == ERR_FAILED && strstr(e.text, "no_new_privs") ? 0 : EINVAL;
}

static void test_refuses(void **state)
{
	assert_int_equal(try_in(SANDBOX_ALL, enter_again), 0);
}

/* Lets this process see a kernel that answers so when Landlock, and filters, are asked for. */
static int enter_on_kernel(int landlock_answer, int filter_answer)
{
	const struct scmp_arg_cmp set_filter = SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP);
	scmp_filter_ctx kernel = seccomp_init(SCMP_ACT_ALLOW);
	struct err e = { 0 };

	if (seccomp_rule_add(kernel, SCMP_ACT_ERRNO((uint32_t)landlock_answer),
			     SCMP_SYS(landlock_create_ruleset), 0) ||
	    (filter_answer && seccomp_rule_add(kernel, SCMP_ACT_ERRNO((uint32_t)filter_answer),
					       SCMP_SYS(prctl), 1, set_filter)) ||
	    seccomp_load(kernel))
		return WRONG_RESULT;
	seccomp_release(kernel);
	if (sandbox_enter(&e))
		return strstr(e.text, "Landlock") ? EINVAL : CANNOT_ENTER;
	return open_for_reading();
}

static int enter_without_landlock(void)
{
	return enter_on_kernel(ENOSYS, 0);
}

static int enter_with_landlock_off(void)
{
	return enter_on_kernel(EOPNOTSUPP, 0);
}

static int enter_in_old_container(void)
{
	return enter_on_kernel(EPERM, 0);
}

static int enter_without_either(void)
{
	return enter_on_kernel(ENOSYS, EINVAL);
}

static int enter_with_broken_landlock(void)
{
	return enter_on_kernel(EFAULT, 0);
}

/* What a kernel lacks is left out; what it has and refuses is an error. */
static void test_lesser_kernels(void **state)
{
	assert_int_equal(WEXITSTATUS(try_in(NO_LAYER, enter_without_landlock)), EPERM);
	assert_int_equal(WEXITSTATUS(try_in(NO_LAYER, enter_with_landlock_off)), EPERM);
	assert_int_equal(WEXITSTATUS(try_in(NO_LAYER, enter_in_old_container)), EPERM);
	assert_int_equal(try_in(NO_LAYER, enter_without_either), 0);
	assert_int_equal(WEXITSTATUS(try_in(NO_LAYER, enter_with_broken_landlock)), EINVAL);
}

#ifdef __SANITIZE_ADDRESS__
static int overflow(void)
{
	char *volatile memory = malloc(8);
	volatile int past = 8;

	dup2(fixture.answer[1], 2);
	if (sandbox_enter(NULL))
		return CANNOT_ENTER;
	return memory[past];
}

static int leave(void)
{
	exit(0);
}

/* AddressSanitizer still reports from inside, and LeakSanitizer does not abort at exit. */
static void test_sanitizer_reports(void **state)
{
	static char text[65536];

	assert_int_not_equal(try_in(NO_LAYER, overflow), 0);
	assert_true(read(fixture.answer[0], text, sizeof(text) - 1) > 0);
	assert_non_null(strstr(text, "heap-buffer-overflow"));
	assert_int_equal(try_in(SANDBOX_ALL, leave), 0);
}
#endif

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_landlock_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_capabilities_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_the_kernel_says, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refuses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lesser_kernels, set_up, tear_down),
#ifdef __SANITIZE_ADDRESS__
		cmocka_unit_test_setup_teardown(test_sanitizer_reports, set_up, tear_down),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
