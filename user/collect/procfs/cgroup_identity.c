// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Paths of groups as systemd, the container engines and the kubelet make them, with systemd's driver
 * and with plain folders: /system.slice/nginx.service, /system.slice/docker-ID.scope, /docker/ID,
 * /kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podNUMBER.slice/cri-containerd-ID.scope,
 * /kubepods/burstable/podNUMBER/ID.
 */
#include "collect/procfs/cgroup_identity.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ID_SHOWN 12 /* digits of a container's number, as docker ps shows them */
#define ID_DIGITS 64
#define POD_NUMBER 36 /* a UUID; or that of a static pod: */
#define POD_HASH 32

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), own = strlen(end);

	return length >= own && !strcmp(text + length - own, end);
}

/* What an engine calls its groups, or the folder that it puts them in. */
static const char *engine_of(const char *name)
{
	static const struct {
		const char *begin, *engine;
	} engines[] = {
		{ "docker", "docker" },	     { "cri-containerd", "containerd" },
		{ "crio", "cri-o" },	     { "libpod", "podman" },
		{ "nerdctl", "containerd" }, { "pod", "container" }, /* of any engine, in a pod */
	};
	size_t i;

	for (i = 0; i < sizeof(engines) / sizeof(engines[0]); i++)
		if (!strncmp(name, engines[i].begin, strlen(engines[i].begin)))
			return engines[i].engine;
	return NULL;
}

/*
 * "docker-0123...scope", or "0123..." in a folder of an engine. Other programs, too, name groups by
 * numbers: without an engine's name it is no container for all that is known.
 */
static bool is_container(const char *name, const char *parent, struct record_label *ret)
{
	const char *end = name + strlen(name), *id, *engine;

	if (ends_with(name, ".scope"))
		end -= strlen(".scope");
	for (id = end; id > name && strchr("0123456789abcdef", id[-1]); id--)
		;
	engine = engine_of(id == name ? parent : name);
	if (end - id != ID_DIGITS || !engine)
		return false;
	snprintf(ret->container, sizeof(ret->container), "%s %.*s", engine, ID_SHOWN, id);
	return true;
}

/* "podNUMBER", "kubepods-besteffort-podNUMBER.slice" with _ for each -. */
static bool is_pod(const char *name, struct record_label *ret)
{
	const char *number = strstr(name, "pod");
	size_t length, i;

	while (number && !strncmp(number, "pods", 4))
		number = strstr(number + 4, "pod");
	if (!number || (number != name && number[-1] != '-'))
		return false;
	number += strlen("pod");
	length = strcspn(number, ".");
	if (length != POD_NUMBER && length != POD_HASH)
		return false;
	snprintf(ret->pod, sizeof(ret->pod), "%.*s", (int)length, number);
	for (i = 0; i < length; i++)
		if (ret->pod[i] == '_')
			ret->pod[i] = '-';
	return true;
}

void cgroup_identity_of(const char *path, struct record_label *ret)
{
	char copy[PATH_MAX], *name, *rest = copy;
	const char *parent = "";

	memset(ret, 0, sizeof(*ret));
	snprintf(copy, sizeof(copy), "%s", path);
	/* the innermost of each kind: a container may run systemd, and a pod is in a slice */
	while ((name = strsep(&rest, "/"))) {
		if (!is_container(name, parent, ret) && !is_pod(name, ret) &&
		    (ends_with(name, ".service") ||
		     (ends_with(name, ".scope") && strcmp(name, "init.scope"))))
			snprintf(ret->unit, sizeof(ret->unit), "%s", name);
		parent = name;
	}
}
