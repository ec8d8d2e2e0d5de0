// SPDX-License-Identifier: GPL-2.0-or-later
/* Groups processes by name: one row for similar workers. */
#include "verdict/roles.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/index.h"

static uint64_t key_of(const struct process_model *process)
{
	char name[RECORD_COMM_LEN];

	model_base_name(process->comm, name);
	return index_hash(name, sizeof(name), 0);
}

static void add(struct role *role, const struct model *model, const struct process_model *process)
{
	struct signals one, *sum = &role->signals;

	signals_compute(model, process, &one);
	role->count += model_processes_of(process);
	ledger_add(&role->time, &process->time);
	if (role->count == model_processes_of(process)) {
		*sum = one;
		return;
	}
	signals_add(model, &one, sum);
}

/* Which class most of them have, and how many have another. */
static void count_odd(struct role *role)
{
	int class;

	for (class = 0; class < NR_VERDICTS; class ++)
		if (role->of_class[class] > role->of_class[role->most])
			role->most = (enum verdict_class) class;
	role->odd = role->count - role->of_class[role->most];
}

int roles_find(const struct model *model, const struct verdict *verdicts,
	       const struct verdict_settings *settings, struct role **ret)
{
	struct role *roles = calloc(model->process_count + 1, sizeof(*roles));
	struct index by_name = { 0 };
	size_t count = 0, i, at;

	*ret = roles;
	if (!roles)
		return -ENOMEM;
	for (i = 0; i < model->process_count; i++) {
		uint64_t key = key_of(&model->processes[i]);

		at = index_find(&by_name, key);
		if (at == INDEX_NONE) {
			at = count;
			if (index_add(&by_name, key, at))
				break;
			model_base_name(model->processes[i].comm, roles[count++].name);
		}
		add(&roles[at], model, &model->processes[i]);
		roles[at].of_class[verdicts[i].class] += model_processes_of(&model->processes[i]);
	}
	for (at = 0; at < count && i == model->process_count; at++) {
		roles[at].class = verdict_of_signals(&roles[at].signals, settings);
		count_odd(&roles[at]);
	}
	index_free(&by_name);
	if (i == model->process_count)
		return (int)count;
	free(roles);
	*ret = NULL;
	return -ENOMEM;
}
