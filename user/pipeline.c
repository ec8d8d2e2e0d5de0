// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs the one path from a source to a renderer; returns the verdict's class. */
#include "pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/build.h"
#include "session/session.h"
#include "verdict/timeline.h"

struct run {
	const struct pipeline *pipeline;
	struct session *session;
	struct timeline timeline;
	void *export_state;
	enum verdict_class *ret_class;
	uint64_t snapshots,
		next_wanted; /* snapshots: that came so far; from this on one is judged */
	uint64_t stride; /* of this many snapshots one is judged */
	uint64_t windows; /* that closed */
	bool dropping; /* the state of a snapshot that is not judged, up to its boundary */
};

/* A long watch is not judged second by second: its timeline has longer windows. */
static bool may_skip(const struct pipeline *pipeline)
{
	return !pipeline->each_interval && !(pipeline->export && pipeline->export->windows);
}

static int out_of_memory(struct err *e, const char *what, int error)
{
	return err_set(e, ERR_FAILED, "cannot %s: %s", what, strerror(-error));
}

/* Judges the window that has just closed, for the timeline. */
static int note_window(struct run *run, struct err *e)
{
	const struct verdict_settings *settings = run->pipeline->settings;
	struct model model;
	int error = model_build(run->session, false, &model);

	if (!error) {
		error = timeline_add(&run->timeline, &model, settings);
		if (!error && run->pipeline->window)
			error = run->pipeline->window(run->pipeline->window_arg, &model);
		model_free(&model);
	}
	if (error)
		return out_of_memory(e, "judge a window", error);
	if (may_skip(run->pipeline) && run->timeline.count >= TIMELINE_MAX_WINDOWS) {
		timeline_halve(&run->timeline, settings);
		run->stride *= 2;
	}
	return 0;
}

static int deliver(const struct run *run, const struct report *report, struct err *e)
{
	const struct pipeline *pipeline = run->pipeline;
	int failed;

	if (pipeline->progress.clear)
		pipeline->progress.clear(pipeline->progress.arg);
	if (pipeline->take)
		return pipeline->take(pipeline->take_arg, report, e);
	errno = 0;
	failed = pipeline->export ?
			 pipeline->export->put(run->export_state, report, pipeline->out) :
			 pipeline->render(report, pipeline->render_options, pipeline->out);
	return failed ? err_set_output(e, "the report") : 0;
}

/* Models, judges and renders one window, or all of them. */
static int report_window(const struct run *run, bool whole, struct err *e)
{
	const struct verdict_settings *settings = run->pipeline->settings;
	struct verdict *verdicts, verdict;
	struct report report = { .settings = settings,
				 .timeline = &run->timeline,
				 .views = run->pipeline->views };
	struct model model;
	int error = model_build(run->session, whole, &model), failed;

	if (error)
		return out_of_memory(e, "build the report", error);
	verdicts = calloc(model.process_count + 1, sizeof(*verdicts));
	if (!verdicts) {
		model_free(&model);
		return out_of_memory(e, "build the report", -ENOMEM);
	}
	verdict_judge_all(&model, &run->timeline, settings, &verdict, verdicts);
	report.model = &model;
	report.verdict = &verdict;
	report.process_verdicts = verdicts;
	*run->ret_class = verdict.class;
	failed = deliver(run, &report, e);
	free(verdicts);
	model_free(&model);
	return failed;
}

/* A window has closed. */
static int end_window(struct run *run, struct err *e)
{
	const struct pipeline *pipeline = run->pipeline;
	bool each = pipeline->each_interval || (pipeline->export && pipeline->export->windows);
	int result, error;

	run->windows++;
	/* a report of one window has a timeline of one */
	if (each)
		run->timeline.count = 0;
	result = note_window(run, e);
	if (!result && each)
		result = report_window(run, false, e);
	if (result)
		return result;
	if (!each) {
		error = session_fold_ended(run->session);
		return error ? out_of_memory(e, "go on", error) : 0;
	}
	/* no report of the whole will follow: what has ended need not be kept */
	error = session_advance(run->session);
	return error ? out_of_memory(e, "go on", error) : 0;
}

/* Whether this snapshot is judged: the first, the last, and as many between as a timeline shows. */
static bool is_wanted(struct run *run, const struct record_snapshot *snapshot)
{
	const struct pipeline *pipeline = run->pipeline;
	uint64_t number = run->snapshots++;
	const struct session *session = run->session;

	/* yielded again: what was to follow was not there */
	if (session->snapshot && snapshot->at_ns == session->last_ns)
		return false;
	/* the boundary that is nearest to where an interval ends */
	if (session->snapshot && !snapshot->last && pipeline->interval_ns &&
	    snapshot->at_ns + pipeline->interval_ns / 4 < session->last_ns + pipeline->interval_ns)
		return false;
	if (snapshot->last || !may_skip(pipeline) || number >= run->next_wanted) {
		run->next_wanted = number + run->stride;
		return true;
	}
	return false;
}

/* This many after the one just left out are not needed either. */
static uint64_t snapshots_unwanted(const struct run *run)
{
	return may_skip(run->pipeline) && run->next_wanted > run->snapshots ?
		       run->next_wanted - run->snapshots :
		       0;
}

/* Takes one record. 0, or -1 with e filled. */
static int take(struct run *run, const struct record *record, struct err *e)
{
	const struct pipeline *pipeline = run->pipeline;
	bool boundary = record->kind == RECORD_BOUNDARY;
	int fed;

	if (pipeline->listen && pipeline->listen(pipeline->listen_arg, record, e))
		return -1;
	if (record->kind == RECORD_SNAPSHOT && !is_wanted(run, &record->snapshot)) {
		/* a listener needs all records */
		if (pipeline->listen || !pipeline->source->ops->leave_out)
			run->dropping = true;
		else
			run->snapshots += pipeline->source->ops->leave_out(pipeline->source,
									   snapshots_unwanted(run));
		return 0;
	}
	if (run->dropping) {
		run->dropping = !boundary;
		return 0;
	}
	fed = session_feed(run->session, record);
	if (fed < 0)
		return err_set(e, ERR_FAILED,
			       "the records contradict each other (kind %d: %s); what came before "
			       "is reported",
			       (int)record->kind, strerror(-fed));
	return fed ? end_window(run, e) : 0;
}

/* Takes one record, and shows how far it is. 0, or -1 with e filled. */
static int take_and_show(struct run *run, const struct record *record, struct err *e)
{
	const struct pipeline_progress *progress = &run->pipeline->progress;

	if (take(run, record, e))
		return -1;
	if (record->kind == RECORD_BOUNDARY && progress->show)
		progress->show(progress->arg, &run->timeline);
	return 0;
}

/* What was seen before a failure still gives a report. */
static int finish(struct run *run, bool failed, struct err *e)
{
	const struct pipeline *pipeline = run->pipeline;
	bool whole = !pipeline->each_interval && !(pipeline->export && pipeline->export->windows);

	if (run->windows)
		return whole ? report_window(run, true, e) : 0;
	if (failed)
		return -1;
	return err_set(e, ERR_NO_TARGET, "the target was gone before anything was seen");
}

static int end_export(struct run *run, int result, struct err *e)
{
	const struct pipeline *pipeline = run->pipeline;

	if (!pipeline->export)
		return result;
	errno = 0;
	if (pipeline->export->end(run->export_state, pipeline->out) && !result)
		return err_set_output(e, "the export");
	return result;
}

static int play(struct run *run, struct err *e)
{
	const struct pipeline *pipeline = run->pipeline;
	struct err source_err = { 0 };
	struct record record;
	int got, result;

	while ((got = pipeline->source->ops->next(pipeline->source, &record, &source_err)) > 0) {
		if (!take_and_show(run, &record, &source_err))
			continue;
		/* records that contradict each other end the reading, not the report */
		got = -1;
		break;
	}
	if (got < 0)
		*e = source_err;
	result = finish(run, got < 0, e);
	if (!result && got < 0) {
		*e = source_err;
		result = -1;
	}
	return result;
}

int pipeline_run(const struct pipeline *pipeline, enum verdict_class *ret_class, struct err *e)
{
	struct run run = { .pipeline = pipeline, .ret_class = ret_class, .stride = 1 };
	int result = 0;

	run.session = session_new();
	if (!run.session)
		return err_set(e, ERR_FAILED, "out of memory");
	if (pipeline->export &&
	    pipeline->export->begin(&run.export_state, pipeline->views, pipeline->out))
		result = err_set_output(e, "the export");
	if (!result)
		result = end_export(&run, play(&run, e), e);
	timeline_free(&run.timeline);
	session_free(run.session);
	return result;
}
