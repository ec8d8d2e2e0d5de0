// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of cli/sandbox on this kernel, in child processes. Each action is also tried without the
 * sandbox, where it must succeed, so that a test that cannot fail is noticed.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "lib/process/sandbox.h"

#define MB (1024 * 1024)
#define CONTENT "opened before"
#define NO_LAYER 0
#define CANNOT_ENTER 199 /* no errno */
#define WRONG_RESULT 198

struct fixture {
	char folder[64];
	char name[96]; /* a file of that folder that no one made yet */
	int input; /* holds CONTENT, open for both */
	int answer[2]; /* what a child prints */
	int listening;
};
static struct fixture fixture;

/* ---- actions: 0 or an errno; they run in a child ---------------------------------------------- */
static int outcome(bool worked)
{
	return worked ? 0 : errno;
}
static int open_for_reading(void)
{
	return outcome(open("/etc/passwd", O_RDONLY) >= 0);
}
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
static int open_for_writing(void)
{
	return outcome(open(fixture.name, O_WRONLY | O_CREAT | O_EXCL, 0600) >= 0);
}
static int open_folder(void)
{
	return outcome(open(fixture.folder, O_RDONLY | O_DIRECTORY) >= 0);
}
static int make_folder(void)
{
	return outcome(!mkdir(fixture.name, 0700));
}
static int make_socket(void)
{
	return outcome(socket(AF_INET, SOCK_STREAM, 0) >= 0);
}
static int make_child(void)
{
	pid_t child = fork();

	if (!child)
		_exit(0);
	return outcome(child > 0 && waitpid(child, NULL, 0) == child);
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

static int read_input(void)
{
	char text[32] = "";
	FILE *file = fdopen(fixture.input, "r");

	if (!file)
		return errno;
	if (!fgets(text, sizeof(text), file) || strcmp(text, CONTENT))
		return WRONG_RESULT;
	memset(text, 0, sizeof(text));
	return outcome(!fseek(file, 0, SEEK_SET) && fgets(text, sizeof(text), file) &&
		       pread(fixture.input, text, 4, 7) == 4 && !memcmp(text, "befo", 4) &&
		       !fclose(file));
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

/* ---- running them ----------------------------------------------------------------------------- */
/* Wait status of a child that enters and acts. */
static int try_in(unsigned int layers, int (*action)(void))
{
	const struct rlimit no_core = { 0, 0 };
	struct err e = { 0 };
	int status;
	pid_t child;

	fflush(NULL); /* a child that exits as usual prints what is left */
	child = fork();
	assert_true(child >= 0);
	lseek(fixture.input, 0, SEEK_SET); /* children share it */
	if (!child) {
		setrlimit(RLIMIT_CORE, &no_core);
		if (layers && (layers == SANDBOX_ALL ? sandbox_enter(&e) :
						       sandbox_enter_layers(layers, &e))) {
			dprintf(2, "%s\n", e.text);
			_exit(CANNOT_ENTER);
		}
		_exit(action());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	remove(fixture.name); /* what the action may have made */
	return status;
}

static const char *told(int status)
{
	static char text[64];

	if (WIFSIGNALED(status))
		snprintf(text, sizeof(text), "killed by %s", strsignal(WTERMSIG(status)));
	else
		snprintf(text, sizeof(text), "%d (%s)", WEXITSTATUS(status),
			 strerror(WEXITSTATUS(status)));
	return text;
}

struct row {
	const char *name;
	int (*action)(void);
};
#define ROW(action)             \
	{                       \
#action, action \
	}
#define ROWS(list) list, sizeof(list) / sizeof((list)[0])

/* Every action works without a sandbox, and ends with this error or signal in these layers. */
static void expect_rows(const struct row *rows, size_t count, unsigned int layers, int error,
			int signal)
{
	size_t i;
	int status;

	for (i = 0; i < count; i++) {
		status = try_in(NO_LAYER, rows[i].action);
		if (status)
			fail_msg("%s without a sandbox: %s", rows[i].name, told(status));
		status = try_in(layers, rows[i].action);
		if (signal ? !WIFSIGNALED(status) || WTERMSIG(status) != signal :
			     !WIFEXITED(status) || WEXITSTATUS(status) != error)
			fail_msg("%s in layers %u: %s", rows[i].name, layers, told(status));
	}
}

static bool kernel_has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0;
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

/* The helper reads other processes, and opens for reading, with the flags by which nothing blocks. */
static void test_reading(void **state)
{
	static const struct row rows[] = { ROW(open_carefully), ROW(read_process) };
	static const struct row not_these[] = { ROW(write_carefully), ROW(truncate_carefully) };
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

static int set_up(void **state)
{
	snprintf(fixture.folder, sizeof(fixture.folder), "/tmp/boundby-sandbox-XXXXXX");
	if (!mkdtemp(fixture.folder) || pipe2(fixture.answer, O_CLOEXEC | O_NONBLOCK))
		return -1;
	snprintf(fixture.name, sizeof(fixture.name), "%s/new", fixture.folder);
	fixture.input = memfd_create("input", MFD_CLOEXEC);
	return write(fixture.input, CONTENT, sizeof(CONTENT) - 1) < 0 ||
	       lseek(fixture.input, 0, SEEK_SET);
}

static int tear_down(void **state)
{
	close(fixture.input);
	close(fixture.answer[0]);
	close(fixture.answer[1]);
	return rmdir(fixture.folder);
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
