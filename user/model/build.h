/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the session's snapshots to the model of one window. */
#ifndef BOUNDBY_MODEL_BUILD_H
#define BOUNDBY_MODEL_BUILD_H

#include "model/model.h"
#include "session/session.h"

/*
 * Builds the model of the window between the last two boundaries (whole == false) or between the
 * first and the last (whole == true). 0 or negative errno (-ENODATA: no window has closed). *ret
 * is then to be freed by model_free.
 */
int model_build(const struct session *session, bool whole, struct model *ret);

#endif
