// SPDX-License-Identifier: GPL-2.0-or-later
/* What each class is about, in one process. */
#include "verdict/advice/class_parts.h"

uint64_t class_part_work(const struct process_model *process)
{
	return model_process_work_ns(process);
}

uint64_t class_part_stalled(const struct process_model *process)
{
	uint64_t most = 0;
	size_t i;

	for (i = 0; i < process->loop_count; i++)
		if (process->loops[i].loop_class == LOOP_EVENT_LOOP &&
		    process->loops[i].stalled_ns > most)
			most = process->loops[i].stalled_ns;
	return most;
}

uint64_t class_part_runnable(const struct process_model *process)
{
	return states_sum(process->time.state_ns, GROUP_READY);
}

uint64_t class_part_locks(const struct process_model *process)
{
	return states_sum(process->time.state_ns, GROUP_WAIT);
}

uint64_t class_part_on_cpu(const struct process_model *process)
{
	return process->time.state_ns[STATE_ON_CPU];
}

uint64_t class_part_io(const struct process_model *process)
{
	uint64_t io = states_sum(process->time.state_ns, GROUP_IO);
	uint64_t inner = process->unended_ipc_ns;
	int s;

	for (s = 0; s < NR_STATES; s++)
		inner += process->inner_ns[s];
	return io > inner ? io - inner : 0;
}
