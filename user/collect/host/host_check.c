// SPDX-License-Identifier: GPL-2.0-or-later
/* Checks rights, kernel and mounts; changes nothing. Returns facts with their fixes. */
#include "collect/host/host_check.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "collect/procfs/proc_facts.h"
#include "collect/host/switch_cost.h"

#define BTF_FILE "/sys/kernel/btf/vmlinux"
#define LOCKDOWN_FILE "/sys/kernel/security/lockdown"
#define FLOOR_MAJOR 5
#define FLOOR_MINOR 15

#ifndef CAP_PERFMON /* headers older than 5.8 */
#define CAP_PERFMON 38
#define CAP_BPF 39
#endif

static bool read_line(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	bool got = file && fgets(text, (int)size, file);

	if (file)
		fclose(file);
	return got;
}

static unsigned long long effective_capabilities(void)
{
	unsigned long long caps = 0;
	char line[256];
	FILE *status = fopen("/proc/self/status", "re");

	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "CapEff: %llx", &caps) == 1)
			break;
	if (status)
		fclose(status);
	return caps;
}

static bool may(unsigned long long caps, int capability)
{
	return caps >> capability & 1;
}

static bool may_trace(unsigned long long caps, int capability)
{
	return may(caps, capability) || may(caps, CAP_SYS_ADMIN);
}

static bool kernel_new_enough(char *release, size_t size)
{
	struct utsname host;
	int major = 0, minor = 0;

	if (uname(&host) || sscanf(host.release, "%d.%d", &major, &minor) != 2)
		return false;
	snprintf(release, size, "%.60s", host.release);
	return major > FLOOR_MAJOR || (major == FLOOR_MAJOR && minor >= FLOOR_MINOR);
}

/* "none [integrity] confidentiality": the bracketed word is in force. */
static bool confidential(void)
{
	char line[128];

	return read_line(LOCKDOWN_FILE, line, sizeof(line)) && strstr(line, "[confidentiality]");
}

static bool mounted(const char *type)
{
	char line[1024], kind[64];
	FILE *mounts = fopen("/proc/self/mounts", "re");
	bool found = false;

	while (mounts && !found && fgets(line, sizeof(line), mounts))
		found = sscanf(line, "%*s %*s %63s", kind) == 1 && !strcmp(kind, type);
	if (mounts)
		fclose(mounts);
	return found;
}

struct fact_list {
	struct host_fact *facts;
	size_t count, max;
};

static void add(struct fact_list *list, const char *name, int status, const char *detail,
		const char *fix)
{
	struct host_fact *fact;

	if (list->count == list->max)
		return;
	fact = &list->facts[list->count++];
	memset(fact, 0, sizeof(*fact));
	fact->status = status;
	snprintf(fact->name, sizeof(fact->name), "%s", name);
	snprintf(fact->detail, sizeof(fact->detail), "%s", detail);
	snprintf(fact->fix, sizeof(fact->fix), "%s", status > 0 ? "" : fix);
}

static void add_rights(struct fact_list *list)
{
	unsigned long long caps = effective_capabilities();

	add(list, "CAP_BPF", may_trace(caps, CAP_BPF) ? 1 : -1, "load BPF programs and maps",
	    "run as root or with CAP_BPF");
	add(list, "CAP_PERFMON", may_trace(caps, CAP_PERFMON) ? 1 : -1,
	    "read the kernel's task and socket structs", "run as root or with CAP_PERFMON");
	add(list, "CAP_SYS_PTRACE", may(caps, CAP_SYS_PTRACE),
	    "names of executables and listeners of other users' programs",
	    "without it these are shown as unknown");
	add(list, "CAP_SYS_ADMIN", may(caps, CAP_SYS_ADMIN),
	    "run time of boundby's own BPF programs", "without it overhead.bpf_run_ns is null");
}

static void add_kernel(struct fact_list *list, const char *btf)
{
	char detail[160], release[64] = "unknown";
	bool new_enough = kernel_new_enough(release, sizeof(release));
	struct rlimit limit;

	snprintf(detail, sizeof(detail), "Linux %s; 5.15 is the oldest that can", release);
	add(list, "kernel", new_enough ? 1 : -1, detail, "use 5.15 or newer");
	snprintf(detail, sizeof(detail), "types of this kernel, %.120s", btf ? btf : BTF_FILE);
	add(list, "BTF", access(btf ? btf : BTF_FILE, R_OK) ? -1 : 1, detail,
	    "use a kernel built with CONFIG_DEBUG_INFO_BTF=y");
	add(list, "lockdown",
	    access(LOCKDOWN_FILE, R_OK) ? 0 :
	    confidential()		? -1 :
					  1,
	    access(LOCKDOWN_FILE, R_OK) ? "state unknown, securityfs is not mounted" :
					  "does not forbid reading kernel memory",
	    access(LOCKDOWN_FILE, R_OK) ? "if loading fails, check it: mount -t securityfs none "
					  "/sys/kernel/security" :
					  "boot without lockdown=confidentiality");
	add(list, "task storage",
	    libbpf_probe_bpf_map_type(BPF_MAP_TYPE_TASK_STORAGE, NULL) > 0 ? 1 : -1,
	    "a ledger in each thread", "needs rights and 5.11 or newer");
	add(list, "ring buffer", libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) > 0 ? 1 : -1,
	    "events of threads that end", "needs rights and 5.8 or newer");
	getrlimit(RLIMIT_MEMLOCK, &limit);
	snprintf(detail, sizeof(detail),
		 "limit %lld kB; counts only below 5.11, maps belong to the memory cgroup",
		 limit.rlim_cur == RLIM_INFINITY ? -1LL : (long long)limit.rlim_cur / 1024);
	add(list, "memlock", 1, detail, "");
}

/* Looks for what the ledger can use but does not need. */
static void add_options(struct fact_list *list)
{
	struct switch_cost cost;
	bool kept = !switch_cost_kept(&cost);
	struct btf *btf = btf__load_vmlinux_btf();
	bool throttle = btf && (btf__find_by_name_kind(btf, "cfs_bandwidth", BTF_KIND_STRUCT) > 0);
	char detail[160];

	add(list, "CPU quota", throttle, "which threads a cgroup's quota holds back",
	    "without CONFIG_CFS_BANDWIDTH there is no quota");
	btf__free(btf);
	add(list, "tracefs", mounted("tracefs"), "not needed: hooks are BTF tracepoints",
	    "nothing to do");
	add(list, "bpffs", mounted("bpf"), "not needed: nothing is pinned", "nothing to do");
	snprintf(detail, sizeof(detail),
		 proc_is_nested() ? "inside a container: only its processes are visible" :
				    "the host's: every process can be seen");
	add(list, "PID namespace", 1, detail, "");
	if (kept)
		snprintf(detail, sizeof(detail),
			 "%llu ns within a process, %llu ns between two; calibrated since boot",
			 (unsigned long long)cost.same_ns, (unsigned long long)cost.other_ns);
	add(list, "switch cost", kept, kept ? detail : "not calibrated since boot",
	    "the first watch does it, or: boundby check --calibrate");
}

size_t host_check(const char *btf, struct host_fact *facts, size_t max)
{
	struct fact_list list = { .facts = facts, .max = max };

	libbpf_set_print(NULL);
	add_rights(&list);
	add_kernel(&list, btf);
	add_options(&list);
	return list.count;
}

int host_require(const char *btf, struct err *e)
{
	unsigned long long caps = effective_capabilities();
	char release[64] = "unknown";

	if (!may_trace(caps, CAP_BPF))
		return err_set(
			e, ERR_PERMISSION,
			"CAP_BPF is missing, so no BPF program can be loaded: run with sudo, or "
			"grant cap_bpf,cap_perfmon");
	if (!may_trace(caps, CAP_PERFMON))
		return err_set(
			e, ERR_PERMISSION,
			"CAP_PERFMON is missing, so the scheduler cannot be watched: run with sudo, "
			"or grant cap_bpf,cap_perfmon");
	if (!kernel_new_enough(release, sizeof(release)))
		return err_set(e, ERR_KERNEL, "Linux %s is too old: boundby needs 5.15 or newer",
			       release);
	if (!btf && access(BTF_FILE, R_OK))
		return err_set(e, ERR_KERNEL,
			       "this kernel offers no BTF type information: use one built with "
			       "CONFIG_DEBUG_INFO_BTF=y that shows " BTF_FILE);
	if (confidential())
		return err_set(
			e, ERR_KERNEL,
			"lockdown is in confidentiality mode, which forbids reading kernel memory: "
			"boot without lockdown=confidentiality");
	return 0;
}
