// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the chosen processes before the recording is judged. A name is known only from a process's
 * own record, which may follow those of its threads, and a report of nothing would be no answer.
 */
#include "cli/traces/trace_rows.h"

#include <stdlib.h>
#include <string.h>

#include "trace/source_file.h"

struct search {
	const struct options *options;
	struct trace_input *input;
	bool thread_seen; /* one of -t */
};

bool trace_rows_chosen(const struct options *options)
{
	return options->pid_count || options->tid_count || options->name_count;
}

static bool among(const pid_t *list, size_t count, uint32_t number)
{
	size_t i;

	for (i = 0; i < count && (uint32_t)list[i] != number; i++)
		;
	return i < count;
}

static bool is_named(const struct options *options, const struct record_process *process)
{
	size_t i;

	for (i = 0; i < options->name_count; i++)
		if (!strncmp(options->names[i], process->comm, sizeof(process->comm)))
			return true;
	return false;
}

/* 0, or -1: out of memory. */
static int look_at_process(struct search *search, const struct record_process *process)
{
	const struct options *options = search->options;
	struct trace_input *input = search->input;
	pid_t *grown;

	if (among(input->pids, input->pid_count, process->pid) ||
	    (!among(options->pids, options->pid_count, process->pid) &&
	     !is_named(options, process)))
		return 0;
	grown = realloc(input->pids, (input->pid_count + 1) * sizeof(*grown));
	if (!grown)
		return -1;
	grown[input->pid_count++] = (pid_t)process->pid;
	input->pids = grown;
	return 0;
}

static int look_at_all(struct search *search, struct source *source, struct err *e)
{
	const struct options *options = search->options;
	struct record record;
	int got;

	while ((got = source->ops->next(source, &record, e)) > 0) {
		if (record.kind == RECORD_THREAD)
			search->thread_seen |=
				among(options->tids, options->tid_count, record.thread.tid);
		if (record.kind == RECORD_PROCESS && look_at_process(search, &record.process))
			return err_set(e, ERR_FAILED, "out of memory");
	}
	return got;
}

static int refuse(const struct options *options, struct err *e)
{
	if (options->name_count)
		return err_set(e, ERR_NO_TARGET,
			       "no process of the recording is named '%s'%s; `boundby report -v "
			       "FILE` lists them all",
			       options->names[0], options->name_count > 1 ? " or the others" : "");
	return err_set(e, ERR_NO_TARGET,
		       "the recording does not hold %s %d; `boundby report -v FILE` lists all",
		       options->pid_count ? "process" : "thread",
		       options->pid_count ? options->pids[0] : options->tids[0]);
}

int trace_rows_find(struct trace_input *input, const int *fds, const struct options *options,
		    const struct trace_range *range, struct err *e)
{
	struct search search = { .options = options, .input = input };
	struct source *source;
	struct err damage = { 0 };
	int result;

	if (source_file_open(fds, (const char *const *)input->names, input->count, &source, e))
		return -1;
	result = source_file_select(source, range, e);
	/* where the recording is damaged, what came before is judged */
	if (!result)
		look_at_all(&search, source, &damage);
	source->ops->close(source);
	if (!result && !input->pid_count && !search.thread_seen)
		result = refuse(options, e);
	return result;
}
