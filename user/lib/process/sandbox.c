// SPDX-License-Identifier: GPL-2.0-or-later
/* Gives up rights: afterwards the process has its open fds and nothing else. */
#include "lib/process/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The sanitizers' runtime, NULL in other builds. At a report it reads the list of mappings, which
 * it must do beforehand; at exit it looks for leaks with a thread that traces this one, which the
 * sandbox forbids. Looking at once turns that off: leaks of what comes later are found by the
 * unit tests and the fuzzers.
 */
void __sanitizer_sandbox_on_notify(void *reserved) __attribute__((weak));
void __lsan_do_leak_check(void) __attribute__((weak));

static void tell_sanitizers(void)
{
	if (__lsan_do_leak_check)
		__lsan_do_leak_check();
	if (__sanitizer_sandbox_on_notify)
		__sanitizer_sandbox_on_notify(NULL);
}

static int refuse(struct err *e, const char *what, int error)
{
	return err_set(e, ERR_FAILED,
		       "cannot give up rights first (%s: %s); start it outside of other "
		       "sandboxes or containers",
		       what, strerror(error));
}

/*
 * User ID 0 alone would regain them with an exec, were it not for no_new_privs. The two prctls need
 * a capability that only a process with something to drop is sure to have: their failure is
 * ignored.
 */
static void drop_bounding_set(void)
{
	int capability;

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
		prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

/* Keeps what it has of these. */
static int keep_capabilities(const int *kept, size_t count, struct err *e)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = { { 0 } };
	uint32_t mask[_LINUX_CAPABILITY_U32S_3] = { 0 };
	size_t i;

	drop_bounding_set();
	if (syscall(SYS_capget, &header, sets))
		return refuse(e, "capget", errno);
	for (i = 0; i < count; i++)
		mask[CAP_TO_INDEX(kept[i])] |= CAP_TO_MASK(kept[i]);
	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		sets[i].permitted &= mask[i];
		sets[i].effective = sets[i].permitted;
		sets[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &header, sets))
		return refuse(e, "capset", errno);
	return 0;
}

/*
 * Only a process that may change its user can, and must. Root without that capability, as in a
 * restricted container, stays root by name: without capabilities it is an ordinary user, and
 * Landlock and seccomp keep it from the files that root owns.
 */
int sandbox_drop_user(struct err *e)
{
	const gid_t group = SANDBOX_NOBODY;
	const uid_t user = SANDBOX_NOBODY;

	tell_sanitizers();
	if (geteuid())
		return 0;
	drop_bounding_set(); /* user nobody cannot */
	if ((setgroups(0, NULL) || setresgid(group, group, group) || setresuid(user, user, user)) &&
	    errno != EPERM && errno != EINVAL) /* EINVAL: this user namespace has no such user */
		return refuse(e, "user", errno);
	return 0;
}

bool sandbox_has_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct has[_LINUX_CAPABILITY_U32S_3];
	int i;

	if (syscall(SYS_capget, &header, has))
		return true;
	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		if (has[i].effective || has[i].permitted || has[i].inheritable)
			return true;
	return false;
}

bool sandbox_permits(int capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct has[_LINUX_CAPABILITY_U32S_3];

	return !syscall(SYS_capget, &header, has) &&
	       has[CAP_TO_INDEX(capability)].permitted & CAP_TO_MASK(capability);
}

/* struct landlock_ruleset_attr as of ABI 6; Debian 12 knows its first member only. */
struct landlock_handled {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

/* What each version of the ABI added; a kernel refuses what it does not know. */
static const struct {
	int abi;
	struct landlock_handled added;
} landlock_rights[] = {
	{ 1, { .fs = (1 << 13) - 1 } }, /* 5.13: execute to make_sym */
	{ 2, { .fs = 1 << 13 } }, /* 5.19: refer */
	{ 3, { .fs = 1 << 14 } }, /* 6.2: truncate */
	{ 4, { .net = 3 } }, /* 6.7: bind and connect of TCP */
	{ 5, { .fs = 1 << 15 } }, /* 6.10: ioctl of devices */
	{ 6, { .scoped = 3 } }, /* 6.12: abstract unix sockets, signals */
};

static struct landlock_handled landlock_handles(int abi)
{
	struct landlock_handled all = { 0 };
	size_t i;

	for (i = 0; i < sizeof(landlock_rights) / sizeof(landlock_rights[0]); i++) {
		if (abi < landlock_rights[i].abi)
			break;
		all.fs |= landlock_rights[i].added.fs;
		all.net |= landlock_rights[i].added.net;
		all.scoped |= landlock_rights[i].added.scoped;
	}
	return all;
}

/* A ruleset without a rule grants nothing; open fds stay usable. */
static int enter_landlock(struct err *e)
{
	const unsigned int ask_version = 1;
	struct landlock_handled handled;
	int ruleset, error = 0;
	long abi;

	abi = syscall(SYS_landlock_create_ruleset, NULL, 0, ask_version);
	/* EPERM: the kernel never says this here, but filters of older container runtimes do. */
	if (abi < 0 && (errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM))
		return 0;
	if (abi < 1)
		return refuse(e, "version of Landlock", errno);
	handled = landlock_handles((int)abi);
	/* An older kernel takes the longer struct as long as what it does not know is 0. */
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);
	if (ruleset < 0)
		return refuse(e, "ruleset of Landlock", errno);
	if (syscall(SYS_landlock_restrict_self, ruleset, 0))
		error = errno;
	close(ruleset);
	return error ? refuse(e, "Landlock", error) : 0;
}

/*
 * Compute, and print to what is open. Whatever else is asked for gets EPERM: a libc that tries
 * something optional (its time zone, a locale, a name service's socket) must go on without it.
 * For the same reason open and socket do not kill. newfstatat is fstat; it cannot be held to an
 * empty path, so that names of files can be probed, but not opened.
 */
static const int free_calls[] = {
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(pread64),
	SCMP_SYS(lseek),
	SCMP_SYS(fstat),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(close),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	SCMP_SYS(futex),
	SCMP_SYS(sched_yield),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(getrandom),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* What takes clients from a socket that listens already, and talks to them. */
static const int serving_calls[] = {
	SCMP_SYS(accept4),  SCMP_SYS(recvfrom),	  SCMP_SYS(sendto),	 SCMP_SYS(sendmsg),
	SCMP_SYS(shutdown), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl),
};

/* What reads files and memory of targets, and answers on its socket. */
static const int reading_calls[] = {
	SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(process_vm_readv), SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),  SCMP_SYS(sendto),	  SCMP_SYS(sendmsg),	      SCMP_SYS(kcmp),
};

/*
 * No library calls these: treat as an exploit and kill the process. (fork and threads get EPERM, so
 * that posix_spawn never comes this far.)
 */
static const int fatal_calls[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace), SCMP_SYS(process_vm_writev),
	SCMP_SYS(bpf),
};

static int add_all(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
	int error = 0;
	size_t i;

	for (i = 0; i < count && !error; i++)
		error = seccomp_rule_add(filter, action, calls[i], 0);
	return error;
}

#define MAP_TYPES 0x0f /* MAP_SHARED, MAP_PRIVATE or MAP_SHARED_VALIDATE */
#define MASK(argument, mask, value)                       \
	{                                                 \
		argument, SCMP_CMP_MASKED_EQ, mask, value \
	}
#define IS(argument, value)                     \
	{                                       \
		argument, SCMP_CMP_EQ, value, 0 \
	}

/* Calls that are allowed with some arguments only. */
static int add_bounded(scmp_filter_ctx filter, unsigned int layers)
{
	/*
	 * The end of a file that is truncated while it is mapped is a SIGBUS, also of one of root's that a
	 * package replaces. libelf, which maps the debug files that libdwfl opens, reads what it cannot map.
	 */
	const unsigned int anonymous = layers & SANDBOX_READING ? MAP_ANONYMOUS : 0;
	const struct {
		int call;
		struct scmp_arg_cmp arguments[2];
		unsigned int count;
	} rows[] = {
		/* no new code, and no way to write a file but write */
		{ SCMP_SYS(mmap),
		  { MASK(2, PROT_EXEC, 0),
		    MASK(3, MAP_TYPES | anonymous, MAP_PRIVATE | anonymous) },
		  2 },
		{ SCMP_SYS(mprotect), { MASK(2, PROT_EXEC, 0) }, 1 },
		{ SCMP_SYS(newfstatat), { MASK(3, AT_EMPTY_PATH, AT_EMPTY_PATH) }, 1 },
		{ SCMP_SYS(ioctl), { IS(1, TCGETS) }, 1 }, /* isatty */
		{ SCMP_SYS(ioctl), { IS(1, TIOCGWINSZ) }, 1 },
		{ SCMP_SYS(fcntl), { IS(1, F_GETFL) }, 1 }, /* fdopen */
		{ SCMP_SYS(fcntl), { IS(1, F_DUPFD_CLOEXEC) }, 1 }, /* a trace is read twice */
		{ SCMP_SYS(tgkill), { IS(0, (scmp_datum_t)getpid()) }, 1 }, /* abort */
		{ SCMP_SYS(prlimit64), { IS(0, 0), IS(2, 0) }, 2 }, /* own limits, read */
	};
	int error = 0;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]) && !error; i++)
		error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rows[i].call, rows[i].count,
					       rows[i].arguments);
	return error;
}

static int add_serving(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp of_tcp = IS(1, IPPROTO_TCP); /* NODELAY, CORK */
	int error = add_all(filter, SCMP_ACT_ALLOW, serving_calls,
			    sizeof(serving_calls) / sizeof(serving_calls[0]));

	return error ? error :
		       seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(setsockopt), 1,
					      &of_tcp);
}

static int add_reading(scmp_filter_ctx filter)
{
	const unsigned int careful = O_NONBLOCK | O_NOCTTY;
	const struct scmp_arg_cmp flags =
		MASK(2, O_ACCMODE | O_CREAT | O_TRUNC | careful, O_RDONLY | careful);
	int error = add_all(filter, SCMP_ACT_ALLOW, reading_calls,
			    sizeof(reading_calls) / sizeof(reading_calls[0]));

	return error ? error :
		       seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, &flags);
}

/* Of a terminal that is open: it cannot be made to read what was not typed (TIOCSTI). */
static int add_screen(scmp_filter_ctx filter)
{
	static const scmp_datum_t modes[] = { TCSETS, TCSETSW, TCSETSF, TCFLSH };
	const int calls[] = { SCMP_SYS(dup2), SCMP_SYS(dup3) };
	int error = add_all(filter, SCMP_ACT_ALLOW, calls, sizeof(calls) / sizeof(calls[0]));
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]) && !error; i++)
		error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
					       &(const struct scmp_arg_cmp)IS(1, modes[i]));
	return error;
}

static int fill_filter(scmp_filter_ctx filter, unsigned int layers)
{
	/* Kernels before 4.14 can end a thread only; there is but one. */
	uint32_t kill = seccomp_api_get() >= 3 ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_KILL;
	int error;

	error = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1); /* the kernel's errno */
	if (!error)
		error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, kill);
	if (!error)
		error = add_all(filter, kill, fatal_calls,
				sizeof(fatal_calls) / sizeof(fatal_calls[0]));
	if (!error)
		error = add_all(filter, SCMP_ACT_ALLOW, free_calls,
				sizeof(free_calls) / sizeof(free_calls[0]));
	if (!error)
		error = add_bounded(filter, layers);
	if (!error && !(layers & SANDBOX_READING))
		error = seccomp_rule_add(filter, kill, SCMP_SYS(process_vm_readv), 0);
	if (!error && layers & SANDBOX_READING)
		error = add_reading(filter);
	if (!error && layers & SANDBOX_SCREEN)
		error = add_screen(filter);
	return error || !(layers & SANDBOX_SERVING) ? error : add_serving(filter);
}

/* Given no filter to load, a kernel that has them says EFAULT, one that has not EINVAL. */
static bool kernel_has_filters(void)
{
	return !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) ||
	       (errno != EINVAL && errno != ENOSYS);
}

static int enter_seccomp(unsigned int layers, struct err *e)
{
	scmp_filter_ctx filter;
	int error;

	if (!kernel_has_filters())
		return 0;
	filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!filter)
		return refuse(e, "seccomp", ENOMEM);
	error = fill_filter(filter, layers);
	if (!error)
		error = seccomp_load(filter);
	seccomp_release(filter);
	return error ? refuse(e, "seccomp", -error) : 0;
}

int sandbox_enter_layers(unsigned int layers, struct err *e)
{
	tell_sanitizers();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return refuse(e, "no_new_privs", errno);
	if (layers & SANDBOX_CAPABILITIES && keep_capabilities(NULL, 0, e))
		return -1;
	if (layers & SANDBOX_LANDLOCK && enter_landlock(e))
		return -1;
	/* Last: it forbids what the others are made of. */
	return layers & SANDBOX_SECCOMP ? enter_seccomp(layers, e) : 0;
}

int sandbox_keep(const int *capabilities, size_t count, struct err *e)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return refuse(e, "no_new_privs", errno);
	return keep_capabilities(capabilities, count, e);
}

int sandbox_enter(struct err *e)
{
	return sandbox_enter_layers(SANDBOX_ALL, e);
}
