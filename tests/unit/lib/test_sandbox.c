// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of lib/process/sandbox on this kernel, in child processes. Each action is also tried without the
 * sandbox, where it must succeed, so that a test that cannot fail is noticed.
 */
#include "sandbox_fixture.h"

/* As the helper that reads targets does. */
static int open_carefully(void)
{
	return outcome(open("/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY) >= 0 &&
		       open("/etc", O_PATH | O_NONBLOCK | O_NOCTTY) >= 0);
}

static int write_carefully(void)
{
	return outcome(open(fixture.name, O_RDWR | O_CREAT | O_NONBLOCK | O_NOCTTY, 0600) >= 0);
}

static int truncate_carefully(void)
{
	/* what exists, or nothing that could be truncated */
	return outcome(open("/dev/null", O_RDONLY | O_TRUNC | O_NONBLOCK | O_NOCTTY) >= 0);
}

static void *nothing(void *argument)
{
	return argument;
}

static int make_thread(void)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, nothing, NULL);

	return error ? error : pthread_join(thread, NULL);
}

static int map_code(void)
{
	return outcome(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0) != MAP_FAILED);
}

static int turn_into_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? WRONG_RESULT :
				    outcome(!mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static int map_shared(void)
{
	return outcome(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fixture.input, 0) !=
		       MAP_FAILED);
}

static int ask_descriptor(void)
{
	int count;

	return outcome(!ioctl(fixture.answer[0], FIONREAD, &count));
}

static int signal_parent(void)
{
	return outcome(!kill(getppid(), 0));
}

static int signal_parents_thread(void)
{
	return outcome(!syscall(SYS_tgkill, getppid(), getppid(), 0));
}

static int set_limit(void)
{
	static const struct rlimit none = { 0, 0 };

	return outcome(!setrlimit(RLIMIT_CORE, &none));
}

static int run_program(void)
{
	execl("/bin/true", "true", NULL);
	return errno;
}

static int be_traced(void)
{
	return outcome(!ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int read_process(void)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { &fixture, 1 };

	return outcome(process_vm_readv(getpid(), &here, 1, &there, 1, 0) == 1);
}

static int load_program(void)
{
	/* no such command: EINVAL, EPERM for a user without rights; neither ends the process */
	return syscall(SYS_bpf, -1, NULL, 0) < 0 ? 0 : WRONG_RESULT;
}

static int map_input(void)
{
	const char *text =
		mmap(NULL, sizeof(CONTENT) - 1, PROT_READ, MAP_PRIVATE, fixture.input, 0);

	if (text == MAP_FAILED)
		return errno;
	return memcmp(text, CONTENT, sizeof(CONTENT) - 1) ? WRONG_RESULT : 0;
}

static int use_memory(void)
{
	char *memory = malloc(64 * MB), *more;

	if (!memory)
		return errno;
	memset(memory, 1, 64 * MB);
	more = realloc(memory, 128 * MB);
	if (!more)
		return errno;
	memory = more;
	memset(memory + 64 * MB, 1, 64 * MB);
	free(memory);
	return 0;
}

static int print(void)
{
	FILE *out = fdopen(fixture.answer[1], "w");

	if (!out)
		return errno;
	return outcome(fprintf(out, "%.3f %g %s\n", 1234.5678, 1e-300, "printed") > 0 &&
		       !fclose(out));
}

static int print_json(void)
{
	struct json_object *object = json_object_new_object();
	bool right;

	json_object_object_add(object, "ratio", json_object_new_double(0.25));
	right = !strcmp(json_object_to_json_string(object), "{ \"ratio\": 0.25 }");
	json_object_put(object);
	return right ? 0 : WRONG_RESULT;
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* glibc asks how much memory there is before it sorts much, and tzset opens a file. */
static int compute(void)
{
	static int numbers[300000];
	time_t second = 86400;
	struct tm day;
	size_t i;

	for (i = 0; i < 300000; i++)
		numbers[i] = (int)(i * 7919 % 300000);
	qsort(numbers, 300000, sizeof(numbers[0]), compare);
	if (numbers[299999] != 299999 || !gmtime_r(&second, &day) || day.tm_mday != 2)
		return WRONG_RESULT;
	return 0;
}

static int use_clocks(void)
{
	struct timespec t = { 0, 1000 };

	return outcome(!clock_gettime(CLOCK_MONOTONIC, &t) &&
		       !syscall(SYS_gettimeofday, &t, NULL) &&
		       !nanosleep(&(struct timespec){ 0, 1000 }, NULL));
}

static int look_for_terminal(void)
{
	struct rlimit limit;

	errno = 0;
	if (isatty(fixture.input) || errno != ENOTTY)
		return errno ? errno : WRONG_RESULT;
	return outcome(!getrlimit(RLIMIT_STACK, &limit));
}

/* The next in the queue gets an answer. */
static int serve(void)
{
	int client = accept4(fixture.listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	return outcome(client >= 0 && send(client, "x", 1, MSG_NOSIGNAL) == 1 &&
		       !shutdown(client, SHUT_RDWR) && !close(client));
}

static int give_up(void)
{
	abort();
}

/* ---- tests ------------------------------------------------------------------------------------ */
static const struct row denied[] = {
	ROW(open_for_reading), ROW(open_for_writing),
	ROW(open_folder),      ROW(make_folder),
	ROW(make_socket),      ROW(make_child),
	ROW(make_thread),      ROW(map_code),
	ROW(turn_into_code),   ROW(map_shared),
	ROW(ask_descriptor),   ROW(signal_parent),
	ROW(set_limit),	       ROW(signal_parents_thread),
};

static const struct row fatal[] = { ROW(run_program), ROW(be_traced), ROW(load_program),
				    ROW(read_process) };

static void test_denied(void **state)
{
	expect_rows(ROWS(denied), SANDBOX_ALL, EPERM, 0);
	/* seccomp alone holds all of this, where a kernel has no Landlock */
	expect_rows(ROWS(denied), SANDBOX_SECCOMP, EPERM, 0);
}

static void test_fatal(void **state)
{
	expect_rows(ROWS(fatal), SANDBOX_ALL, 0, SIGSYS);
}

/* The server may accept connections, and otherwise has no more rights than the others. */
static void test_serving(void **state)
{
	static const struct row rows[] = { ROW(serve) };
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	socklen_t length = sizeof(name);
	int clients[4], i;

	fixture.listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* the kernel finds a name */
	assert_int_equal(bind(fixture.listening, (struct sockaddr *)&name, sizeof(sa_family_t)), 0);
	assert_int_equal(getsockname(fixture.listening, (struct sockaddr *)&name, &length), 0);
	assert_int_equal(listen(fixture.listening, 8), 0);
	for (i = 0; i < 4; i++) {
		clients[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_equal(connect(clients[i], (struct sockaddr *)&name, length), 0);
	}
	expect_rows(ROWS(rows), SANDBOX_ALL | SANDBOX_SERVING, 0, 0);
	expect_rows(ROWS(rows), SANDBOX_ALL, EPERM, 0);
	for (i = 0; i < 4; i++)
		close(clients[i]);
	close(fixture.listening);
	expect_rows(ROWS(denied), SANDBOX_ALL | SANDBOX_SERVING, EPERM, 0);
	expect_rows(ROWS(fatal), SANDBOX_ALL | SANDBOX_SERVING, 0, SIGSYS);
}

/* The helper reads other processes, and opens for reading, with the flags by which nothing blocks; no file is mapped. */
static void test_reading(void **state)
{
	static const struct row rows[] = { ROW(open_carefully), ROW(read_process), ROW(read_input),
					   ROW(use_memory) };
	static const struct row not_these[] = { ROW(write_carefully), ROW(truncate_carefully),
						ROW(map_input) };
	static const struct row ends[] = { ROW(run_program), ROW(be_traced), ROW(load_program) };

	expect_rows(ROWS(rows), SANDBOX_SECCOMP | SANDBOX_READING, 0, 0);
	expect_rows(ROWS(denied), SANDBOX_SECCOMP | SANDBOX_READING, EPERM, 0);
	expect_rows(ROWS(not_these), SANDBOX_SECCOMP | SANDBOX_READING, EPERM, 0);
	expect_rows(ROWS(ends), SANDBOX_SECCOMP | SANDBOX_READING, 0, SIGSYS);
}

static void test_still_works(void **state)
{
	static const struct row rows[] = {
		ROW(read_input), ROW(map_input),  ROW(use_memory),	  ROW(print_json),
		ROW(compute),	 ROW(use_clocks), ROW(look_for_terminal),
	};

	expect_rows(ROWS(rows), SANDBOX_ALL, 0, 0);
}

static void test_prints(void **state)
{
	char text[128];
	ssize_t length;

	assert_int_equal(try_in(SANDBOX_ALL, print), 0);
	length = read(fixture.answer[0], text, sizeof(text) - 1);
	assert_true(length > 0);
	text[length] = '\0';
	assert_string_equal(text, "1234.568 1e-300 printed\n");
}

/* A failed check of libc's or the sanitizers' ends the process as ever. */
static void test_aborts(void **state)
{
	int status = try_in(SANDBOX_ALL, give_up);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_denied, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_fatal, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_serving, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reading, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_still_works, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_prints, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_aborts, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
