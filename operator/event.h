/* Events of the audit as the component tells them: for people, as JSON, as CSV. */
#ifndef OPERATOR_EVENT_H
#define OPERATOR_EVENT_H

#include <jansson.h>
#include <stdio.h>

#include "common/mfp.h"
#include "common/xml.h"
#include "operator/grid.h"

#define EVENT_NS "urn:platen:audit:1"

enum event_field {
	EVENT_ID, EVENT_TIME, EVENT_OPERATOR, EVENT_ASKED_BY, EVENT_ACTION, EVENT_DEVICE, EVENT_UNIT,
	EVENT_COMMAND, EVENT_REQUEST, EVENT_RESULT, EVENT_CONDITION, EVENT_TEXT,
	EVENT_FIELDS
};

/* What is not said is NULL. */
struct event {
	char *fields[EVENT_FIELDS];
	struct mfp_number suppressed;
};

/* Fills *e anew; event_clear() it afterwards. el is an <event/>. */
void event_read(struct event *e, const struct xml *el);
void event_clear(struct event *e);

/* A new reference. */
json_t *event_json(const struct event *e);

void event_csv_head(FILE *out);
void event_csv(FILE *out, const struct event *e);

extern const struct grid_column event_columns[5];
void event_cells(const struct event *e, struct grid *g);

#endif
