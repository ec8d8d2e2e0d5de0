// SPDX-License-Identifier: GPL-2.0-or-later
/* Compares what is known of a process with the table of frameworks. */
#include "analysis/framework.h"

#include <string.h>

static bool begins(const char *text, const char *with)
{
	return with && !strncmp(text, with, strlen(with));
}

static bool among(char (*frames)[RECORD_PLACE_LEN], size_t count,
		  bool (*found)(const char *frame, const void *arg), const void *arg)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (found(frames[i], arg))
			return true;
	return false;
}

bool framework_each_frame(const struct process_model *process,
			  bool (*found)(const char *frame, const void *arg), const void *arg)
{
	bool ret = false;
	size_t i;

	for (i = 0; i < process->stall_count && !ret; i++)
		ret = among(process->stalls[i].frames, process->stalls[i].frame_count, found, arg);
	for (i = 0; i < process->lock_count && !ret; i++)
		ret = among(process->locks[i].frames, process->locks[i].frame_count, found, arg);
	for (i = 0; i < process->standing_count && !ret; i++)
		ret = among(process->standing[i].frames, process->standing[i].frame_count, found,
			    arg);
	return ret;
}

static bool frame_is_of(const char *frame, const void *arg)
{
	const struct framework_traits *traits = arg;

	return strstr(frame, traits->frame);
}

static bool has_thread(const struct process_model *process, const char *name)
{
	size_t i;

	for (i = 0; name && i < process->thread_count; i++)
		if (begins(process->threads[i].comm, name))
			return true;
	return false;
}

static bool is(const struct process_model *process, enum framework_id id)
{
	const struct framework_traits *traits = framework_traits(id);

	if (traits->runtime != runtime_id_of(process->runtime))
		return false;
	return process->frameworks & 1ULL << id || begins(process->comm, traits->program) ||
	       begins(process->exe, traits->program) || has_thread(process, traits->thread) ||
	       (traits->frame && framework_each_frame(process, frame_is_of, traits));
}

enum framework_id framework_of(const struct process_model *process)
{
	int i;

	for (i = FRAMEWORK_NONE + 1; i < NR_FRAMEWORKS; i++)
		if (is(process, (enum framework_id)i))
			return (enum framework_id)i;
	return FRAMEWORK_NONE;
}
