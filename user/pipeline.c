// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs the one path. Receives a source and a renderer; hands on the verdict's class. */
#include "pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exit_codes.h"
#include "model/build.h"
#include "session/session.h"
#include "verdict/timeline.h"

/* Judges the window that has just closed, for the timeline. */
static int note_window(const struct pipeline *pipeline, const struct session *session,
		       struct timeline *timeline, struct err *e)
{
	struct model model;
	int error = model_build(session, false, &model);

	if (!error) {
		error = timeline_add(timeline, &model, pipeline->settings);
		model_free(&model);
	}
	return error ? err_set(e, EXIT_FAILED, "cannot judge a window: %s", strerror(-error)) : 0;
}

/* Models, judges and renders one window, or all of them. */
static int report_window(const struct pipeline *pipeline, const struct session *session, bool whole,
			 const struct timeline *timeline, enum verdict_class *ret_class,
			 struct err *e)
{
	struct verdict *verdicts, verdict;
	struct report report = { .settings = pipeline->settings, .timeline = timeline };
	struct model model;
	size_t i;
	int error = model_build(session, whole, &model), failed;

	if (error)
		return err_set(e, EXIT_FAILED, "cannot build the report: %s", strerror(-error));
	verdicts = calloc(model.process_count + 1, sizeof(*verdicts));
	if (!verdicts) {
		model_free(&model);
		return err_set(e, EXIT_FAILED, "cannot build the report: out of memory");
	}
	verdict_judge(&model, NULL, timeline, pipeline->settings, &verdict);
	for (i = 0; i < model.process_count; i++)
		verdict_judge(&model, &model.processes[i], NULL, pipeline->settings, &verdicts[i]);
	report.model = &model;
	report.verdict = &verdict;
	report.process_verdicts = verdicts;
	*ret_class = verdict.class;
	errno = 0;
	failed = pipeline->render(&report, pipeline->render_options, pipeline->out);
	if (failed)
		err_set(e, EXIT_FAILED, "cannot write the report: %s; check where the output goes",
			strerror(errno ? errno : EIO));
	free(verdicts);
	model_free(&model);
	return failed;
}

int pipeline_run(const struct pipeline *pipeline, enum verdict_class *ret_class, struct err *e)
{
	struct session *session = session_new();
	struct err source_err = { 0 };
	struct timeline timeline = { 0 };
	struct record record;
	int got, fed, result = 0;

	if (!session)
		return err_set(e, EXIT_FAILED, "out of memory");
	for (;;) {
		got = pipeline->source->ops->next(pipeline->source, &record, &source_err);
		if (got <= 0)
			break;
		fed = session_feed(session, &record);
		if (fed < 0) {
			got = err_set(&source_err, EXIT_FAILED,
				      "the records contradict each other (%s)", strerror(-fed));
			break;
		}
		/* a report of one window has a timeline of one */
		if (fed == 1 && pipeline->each_interval)
			timeline.count = 0;
		if (fed == 1)
			result = note_window(pipeline, session, &timeline, e);
		if (fed == 1 && pipeline->each_interval && !result)
			result = report_window(pipeline, session, false, &timeline, ret_class, e);
		if (result)
			break;
	}
	/* what was seen before a failure is still worth a report */
	if (!result && !pipeline->each_interval && session->snapshot >= 2)
		result = report_window(pipeline, session, true, &timeline, ret_class, e);
	else if (!result && session->snapshot < 2)
		result = err_set(e, source_err.exit_code ? source_err.exit_code : EXIT_NO_TARGET,
				 "%s",
				 source_err.exit_code ?
					 source_err.text :
					 "the target was gone before anything was seen");
	if (!result && got < 0) {
		*e = source_err;
		result = -1;
	}
	timeline_free(&timeline);
	session_free(session);
	return result;
}
