// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the listeners of the processes' network namespaces from /proc. */
#include "collect/bpf/listeners.h"

#include <bpf/bpf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/procfs/proc_facts.h"
#include "lib/index.h"
#include "lib/vec.h"
#include "wire.h"

#define NAMESPACES_MAX 1024 /* asked at a time; those of more keep what is known */

struct listeners {
	int map;
	struct listener_key key; /* of the one that is being found */
	struct index found; /* all of them */
	struct index asked; /* namespaces */
};

static uint64_t key_of(const struct listener_key *key)
{
	return (uint64_t)key->netns << 16 | key->port;
}

static void on_listener(uint16_t port, void *arg)
{
	struct listeners *listeners = arg;
	__u32 others = 0, count;

	listeners->key.port = port;
	if (index_find(&listeners->found, key_of(&listeners->key)) == INDEX_NONE)
		index_add(&listeners->found, key_of(&listeners->key), 0);
	else
		bpf_map_lookup_elem(listeners->map, &listeners->key, &others);
	count = others + 1;
	bpf_map_update_elem(listeners->map, &listeners->key, &count, BPF_ANY);
}

static void ask(struct listeners *listeners, pid_t pid)
{
	__u32 netns = proc_netns(pid);

	if (!netns || listeners->asked.used >= NAMESPACES_MAX ||
	    index_find(&listeners->asked, netns) != INDEX_NONE ||
	    index_add(&listeners->asked, netns, 0))
		return;
	listeners->key = (struct listener_key){ .netns = netns };
	proc_listeners(pid, on_listener, listeners);
}

static void ask_all(struct listeners *listeners, const pid_t *pids, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		ask(listeners, pids[i]);
	ask(listeners, getpid());
}

static void free_listeners(struct listeners *listeners)
{
	index_free(&listeners->found);
	index_free(&listeners->asked);
}

void listeners_add(int map, const pid_t *pids, size_t count)
{
	struct listeners listeners = { .map = map };

	ask_all(&listeners, pids, count);
	free_listeners(&listeners);
}

void listeners_renew(int map, const pid_t *pids, size_t count)
{
	struct listeners listeners = { .map = map };
	struct listener_key *keys = NULL, key;
	size_t known = 0, capacity = 0, i;
	const void *at = NULL;

	/* first the rows: a listener that starts during the scan is not among them, and stays */
	while (!bpf_map_get_next_key(map, at, &key)) {
		if (vec_reserve((void **)&keys, &capacity, known, sizeof(*keys)))
			break;
		keys[known++] = key;
		at = &keys[known - 1];
	}
	ask_all(&listeners, pids, count);
	for (i = 0; i < known && listeners.asked.used < NAMESPACES_MAX; i++)
		if (index_find(&listeners.asked, keys[i].netns) == INDEX_NONE ||
		    index_find(&listeners.found, key_of(&keys[i])) == INDEX_NONE)
			bpf_map_delete_elem(map, &keys[i]);
	free(keys);
	free_listeners(&listeners);
}
