// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loading goes wrong rarely, so it is tried without a log first. What was refused is loaded once more with
 * a log buffer for each program: the kernel writes into that of the one that it refuses.
 */
#include "collect/bpf/bpf_load.h"

#include <time.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "boundby.skel.h"
#include "collect/bpf/loop_hooks.h"
#include "collect/procfs/proc_facts.h"
#include "lib/log.h"
#include "wire.h"

#define THREADS_MAX 65536 /* at a time: each takes 4 kB of the kernel's memory */
#define HISTOGRAMS_OF_A_HOST 32768 /* see struct histogram_rows */
#define EVENTS_OF_A_WATCH (16 * 1024 * 1024) /* bytes: ends of 2,000 threads a second for 3 s */
#define LOG_BYTES \
	(1024 * 1024) /* of each program; the kernel writes the way to the refusal alone */
#define WARNING_LEN 200

/* Programs that the ledger can do without; a part is there with all of its programs or not at all. */
static const struct {
	const char *program; /* its name, or how the names of several begin */
	bool of_bursts; /* only where watch starts bursts by itself */
	enum optional_part part;
} optional[] = {
	{ "on_contention_begin", false, OPTIONAL_KERNEL_LOCKS },
	{ "on_contention_end", false, OPTIONAL_KERNEL_LOCKS },
	{ "on_inet_sock_set_state", false, OPTIONAL_NEW_LISTENERS },
	{ "on_cpu_clock", false, OPTIONAL_CPU_PLACES },
	{ "on_cpu_sample", false, OPTIONAL_COMPUTING },
	{ "on_sys_enter", true, OPTIONAL_BURSTS },
	{ "on_sys_exit", true, OPTIONAL_BURSTS },
	{ "pause_threads", true, OPTIONAL_PAUSES },
	{ "on_wait_", true, OPTIONAL_LOOP_HOOKS },
	{ "on_sched_exit", false, OPTIONAL_SWITCH_STACKS },
};

/* NR_OPTIONALS: the program is needed. */
static enum optional_part part_of(const struct live_config *config, const char *program)
{
	size_t i, count = sizeof(optional) / sizeof(optional[0]);

	for (i = 0; i < count; i++)
		if (!strncmp(optional[i].program, program, strlen(optional[i].program)))
			return optional[i].of_bursts && !config->bursts ? NR_OPTIONALS :
									  optional[i].part;
	return NR_OPTIONALS;
}

static bool is_left_out(const struct bpf_loaded *loaded, enum optional_part part)
{
	size_t i;

	for (i = 0; i < loaded->left_out_count; i++)
		if (loaded->left_out[i].part == part)
			return true;
	return false;
}

#define LOSES(number, ident, loses) [OPTIONAL_##ident] = loses,
static const char *const part_loses[] = { BOUNDBY_OPTIONALS(LOSES) };
#undef LOSES

/* What is to be loaded, and what is known of the kernel before. */
struct plan {
	const struct live_config *config;
	struct btf *btf; /* of the kernel */
	int prev_state; /* a parameter of sched_switch */
};

/* libbpf's print callback takes no argument of ours. */
static unsigned int libbpf_verbose;
static char libbpf_warning[WARNING_LEN];

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	va_list again;

	if (level == LIBBPF_WARN) {
		va_copy(again, args);
		vsnprintf(libbpf_warning, sizeof(libbpf_warning), format, again);
		va_end(again);
		libbpf_warning[strcspn(libbpf_warning, "\n")] = '\0';
	}
	if (libbpf_verbose > 1 ? level > LIBBPF_INFO : !libbpf_verbose || level > LIBBPF_WARN)
		return 0;
	return log_library(format, args);
}

/*
 * Signature of sched_switch: its 4th argument came with 5.18, as the last; one stable series had it
 * second. Decided by number and kinds of parameters, never by version. 1 has it, 0 has not,
 * -ENOTSUP: an unknown signature.
 */
static int has_prev_state(const struct btf *btf)
{
	const struct btf_type *type;
	const struct btf_param *params;
	int id, result = -ENOTSUP;

	id = btf__find_by_name_kind(btf, "btf_trace_sched_switch", BTF_KIND_TYPEDEF);
	type = id > 0 ? btf__type_by_id(btf, (__u32)id) : NULL;
	type = type ? btf__type_by_id(btf, type->type) : NULL;
	type = type && btf_is_ptr(type) ? btf__type_by_id(btf, type->type) : NULL;
	if (type && btf_is_func_proto(type)) {
		params = btf_params(type);
		if (btf_vlen(type) == 4)
			result = 0;
		else if (btf_vlen(type) == 5 && btf_is_ptr(btf__type_by_id(btf, params[2].type)) &&
			 btf_is_ptr(btf__type_by_id(btf, params[3].type)))
			result = 1;
	}
	return result;
}

int bpf_load_error(int error, struct err *e)
{
	if (error == -EPERM || error == -EACCES)
		return err_set(
			e, ERR_PERMISSION,
			"the kernel refused bpf(2) (%s) although CAP_BPF and CAP_PERFMON are there: a "
			"seccomp filter, a security module or lockdown forbids it; in a container, "
			"allow it there or run on the host",
			strerror(-error));
	if (error == -ENOMEM)
		return err_set(
			e, ERR_FAILED,
			"not enough memory for the BPF maps: raise `ulimit -l` or free memory");
	if (error == -EMFILE || error == -ENFILE)
		return err_set(e, ERR_FAILED,
			       "too few files may be open (%s): raise `ulimit -n` to 64 or more",
			       strerror(-error));
	return err_set(e, ERR_KERNEL,
		       "the BPF programs cannot be loaded (%s)%s%s; -v shows all messages, please "
		       "report them",
		       strerror(-error), libbpf_warning[0] ? ": " : "", libbpf_warning);
}

static int refused_error(const struct bpf_left_out *refused, struct err *e)
{
	struct utsname host = { 0 };

	uname(&host);
	return err_set(
		e, ERR_KERNEL,
		"Linux %.60s refused the BPF program %s: %s; `boundby check` says what works "
		"here, -v shows the kernel's whole message, please report it",
		host.release, refused->program, refused->reason);
}

/* What the kernel said last before its statistics, with which each log ends. */
static void last_words(char *log, char *ret, size_t size)
{
	char *line, *rest = log;

	ret[0] = '\0';
	while ((line = strsep(&rest, "\n")))
		if (*line && strncmp(line, "processed ", 10) &&
		    strncmp(line, "verification time", 17) && strncmp(line, "stack depth", 11))
			snprintf(ret, size, "%.*s", (int)size - 1, line);
	if (!ret[0])
		snprintf(ret, size, "%s", "no reason given");
}

static struct btf *read_btf(const struct live_config *config, struct err *e)
{
	struct btf *btf = config->btf ? btf__parse(config->btf, NULL) : btf__load_vmlinux_btf();

	if (btf)
		return btf;
	if (config->btf)
		err_set(e, ERR_USAGE,
			"--btf: %.300s holds no BTF type information (%s); give vmlinux or its "
			".BTF section",
			config->btf,
			errno < __LIBBPF_ERRNO__START ? strerror(errno) : "neither ELF nor BTF");
	else
		err_set(e, ERR_KERNEL,
			"this kernel offers no BTF type information (%s): use one built with "
			"CONFIG_DEBUG_INFO_BTF=y that shows /sys/kernel/btf/vmlinux",
			strerror(errno));
	return NULL;
}

bool bpf_load_leave_out(const struct live_config *config, struct bpf_loaded *loaded,
			const char *program, const char *reason)
{
	enum optional_part part = part_of(config, program);
	struct bpf_left_out *row;

	if (part == NR_OPTIONALS || loaded->left_out_count == BPF_LOAD_LEFT_OUT_MAX)
		return false;
	row = &loaded->left_out[loaded->left_out_count++];
	row->part = part;
	row->loses = part_loses[part];
	snprintf(row->program, sizeof(row->program), "%s", program);
	snprintf(row->reason, sizeof(row->reason), "%s", reason);
	return true;
}

/* lock:contention_begin and _end came with 5.19, sched_exit_tp with 6.16, others may be configured away. */
static void probe_hooks(const struct live_config *config, const struct btf *btf,
			struct bpf_loaded *loaded)
{
	static const char *const hooks[][2] = {
		{ "on_contention_begin", "btf_trace_contention_begin" },
		{ "on_contention_end", "btf_trace_contention_end" },
		{ "on_inet_sock_set_state", "btf_trace_inet_sock_set_state" },
		{ "on_sched_exit", "btf_trace_sched_exit_tp" },
	};
	size_t i;

	for (i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
		if (btf__find_by_name_kind(btf, hooks[i][1], BTF_KIND_TYPEDEF) <= 0)
			bpf_load_leave_out(config, loaded, hooks[i][0],
					   "this kernel has no such tracepoint");
}

static void configure_depth(struct boundby_bpf *skel, const struct live_config *config)
{
	if (config->depth != DEPTH_SCHED) {
		/* attached when a wait outside any call is to be a sample */
		bpf_program__set_autoattach(skel->progs.on_sched_exit, false);
		return;
	}
	if (config->bursts) {
		bpf_program__set_autoattach(skel->progs.on_sys_enter, false);
		bpf_program__set_autoattach(skel->progs.on_sys_exit, false);
	} else {
		bpf_program__set_autoload(skel->progs.on_sys_enter, false);
		bpf_program__set_autoload(skel->progs.on_sys_exit, false);
		/* samples are taken in bursts, or where each return from the wait is seen */
		bpf_program__set_autoload(skel->progs.on_cpu_clock, false);
		if (!skel->rodata->cfg_switch_stacks && !config->clock_ns)
			bpf_map__set_autocreate(skel->maps.stacks, false);
	}
	/* what calls are counted in */
	bpf_map__set_autocreate(skel->maps.call_totals, false);
	bpf_map__set_autocreate(skel->maps.call_rows, false);
	bpf_map__set_autocreate(skel->maps.process_rows, false);
}

static void configure(struct boundby_bpf *skel, const struct plan *plan,
		      const struct bpf_loaded *loaded)
{
	const struct live_config *config = plan->config;
	struct bpf_program *program;
	struct timespec tick;

	skel->rodata->cfg_self_tgid = (__u32)getpid();
	skel->rodata->cfg_nested = proc_is_nested();
	skel->rodata->cfg_has_prev_state = plan->prev_state;
	skel->rodata->cfg_all = config->all;
	skel->rodata->cfg_follow_default = FOLLOW_THREADS |
					   (config->follow_children ? FOLLOW_CHILDREN : 0);
	skel->rodata->cfg_switch_stacks = !is_left_out(loaded, OPTIONAL_SWITCH_STACKS);
	skel->rodata->cfg_calls = config->depth == DEPTH_SYSCALLS;
	skel->rodata->cfg_stall_ns = config->stall_ns;
	skel->rodata->cfg_events_ns = config->events_ns;
	/* the coarse clock steps with the tick */
	if (!clock_getres(CLOCK_MONOTONIC_COARSE, &tick))
		skel->rodata->cfg_tick_ns = (__u64)tick.tv_nsec;
	skel->rodata->cfg_knobs = config->bursts;
	skel->rodata->cfg_threads_max = config->threads_max ? config->threads_max : THREADS_MAX;
	if (config->all) {
		bpf_map__set_max_entries(skel->maps.more_histograms, HISTOGRAMS_OF_A_HOST);
		bpf_map__set_max_entries(skel->maps.free_histograms, HISTOGRAMS_OF_A_HOST);
	}
	skel->rodata->cfg_histograms_max = bpf_map__max_entries(skel->maps.more_histograms);
	if (!config->bursts)
		bpf_program__set_autoload(skel->progs.pause_threads, false);
	/* attached to each loop when it is found, or in a burst */
	bpf_program__set_autoattach(skel->progs.on_cpu_clock, false);
	/* attached to a clock of each CPU */
	bpf_program__set_autoattach(skel->progs.on_cpu_sample, false);
	if (!config->clock_ns)
		bpf_program__set_autoload(skel->progs.on_cpu_sample, false);
	/* while a window of many processes is processed, the event ring is not drained */
	if (config->endless)
		bpf_map__set_max_entries(skel->maps.events, EVENTS_OF_A_WATCH);
	configure_depth(skel, config);
	skel->rodata->cfg_loops =
		loop_hooks_choose(skel->obj, plan->btf,
				  config->bursts && config->depth == DEPTH_SCHED &&
					  !is_left_out(loaded, OPTIONAL_LOOP_HOOKS));
	bpf_object__for_each_program(program, skel->obj)
	{
		if (is_left_out(loaded, part_of(config, bpf_program__name(program))))
			bpf_program__set_autoload(program, false);
	}
}

/* Opens, configures and loads once. logs: LOG_BYTES for each program, NULL none. */
static int load_once(const struct plan *plan, struct bpf_loaded *loaded, char *logs)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = plan->config->btf);
	struct bpf_program *program;
	size_t count = 0;

	loaded->skel = boundby_bpf__open_opts(&options);
	if (!loaded->skel)
		return -errno;
	configure(loaded->skel, plan, loaded);
	bpf_object__for_each_program(program, loaded->skel->obj)
	{
		if (logs && count < BPF_LOAD_PROGRAMS_MAX)
			bpf_program__set_log_buf(program, logs + count++ * LOG_BYTES, LOG_BYTES);
	}
	return boundby_bpf__load(loaded->skel);
}

/* Loads again to learn which program is refused. True, and *ret filled: one is. */
static bool find_refused(const struct plan *plan, struct bpf_loaded *loaded,
			 struct bpf_left_out *ret)
{
	char *logs = calloc(BPF_LOAD_PROGRAMS_MAX, LOG_BYTES), *log = logs;
	struct bpf_program *program;
	bool found = false;

	boundby_bpf__destroy(loaded->skel);
	loaded->skel = NULL;
	if (!logs)
		return false;
	if (load_once(plan, loaded, logs) && loaded->skel)
		bpf_object__for_each_program(program, loaded->skel->obj)
		{
			if (!found && log < logs + BPF_LOAD_PROGRAMS_MAX * LOG_BYTES && *log) {
				snprintf(ret->program, sizeof(ret->program), "%s",
					 bpf_program__name(program));
				last_words(log, ret->reason, sizeof(ret->reason));
				found = true;
			}
			log += LOG_BYTES;
		}
	free(logs);
	return found;
}

/* Without what the kernel refuses and the ledger can do without. */
static int load(const struct plan *plan, struct bpf_loaded *ret, struct err *e)
{
	struct bpf_left_out refused;
	int error;

	probe_hooks(plan->config, plan->btf, ret);
	for (;;) {
		error = load_once(plan, ret, NULL);
		if (!error)
			return 0;
		if (error == -ENOMEM || error == -EMFILE || error == -ENFILE ||
		    !find_refused(plan, ret, &refused)) {
			bpf_load_error(error, e);
			break;
		}
		if (!bpf_load_leave_out(plan->config, ret, refused.program, refused.reason)) {
			refused_error(&refused, e);
			break;
		}
		bpf_load_free(ret);
	}
	bpf_load_free(ret);
	return -1;
}

int bpf_load(const struct live_config *config, struct bpf_loaded *ret, struct err *e)
{
	struct plan plan = { .config = config };
	int error;

	memset(ret, 0, sizeof(*ret));
	libbpf_verbose = config->verbose;
	libbpf_warning[0] = '\0';
	libbpf_set_print(print_libbpf);
	plan.btf = read_btf(config, e);
	if (!plan.btf)
		return -1;
	plan.prev_state = has_prev_state(plan.btf);
	if (plan.prev_state < 0)
		error = err_set(
			e, ERR_KERNEL,
			"this kernel's sched_switch has a signature that boundby does not know; "
			"please report `uname -r`");
	else
		error = load(&plan, ret, e);
	btf__free(plan.btf);
	return error;
}

size_t bpf_load_costs(const struct bpf_loaded *loaded, struct bpf_program_cost *ret, size_t max)
{
	struct bpf_program *program;
	struct bpf_prog_info info;
	size_t count = 0;
	__u32 size;

	bpf_object__for_each_program(program, loaded->skel->obj)
	{
		memset(&info, 0, sizeof(info));
		size = sizeof(info);
		if (bpf_program__fd(program) < 0 || count == max ||
		    bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) ||
		    !info.verified_insns)
			continue;
		snprintf(ret[count].program, sizeof(ret[count].program), "%s",
			 bpf_program__name(program));
		ret[count++].instructions = info.verified_insns;
	}
	return count;
}

void bpf_load_free(struct bpf_loaded *loaded)
{
	boundby_bpf__destroy(loaded->skel);
	loaded->skel = NULL;
}
