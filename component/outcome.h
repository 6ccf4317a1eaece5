/* What a device answered, checked, and as a row can hold it. */
#ifndef COMPONENT_OUTCOME_H
#define COMPONENT_OUTCOME_H

#include "common/mfp.h"
#include "common/xml.h"
#include "component/request.h"

/* One part of printer data in an outcome: as read, and as text. */
struct outcome_figures {
	enum mfp_part part;
	struct mfp m;
	char *text;
	struct outcome_figures *next;
};

/* Strings are owned; outcome_clear(). */
struct outcome {
	enum request_status status;
	char *condition, *text, *outcome;
	struct outcome_figures *figures, **last_figures;
};

/* From the payload of an answer about the request id; cut: see xml_stream_events. What is
 * none becomes a failure that says why. */
void outcome_read(struct outcome *o, const struct xml *payload, const char *id, const char *cut);
void outcome_clear(struct outcome *o);

#endif
