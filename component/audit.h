/* What operators did and what they were denied: a row each, in the day files of
 * audit/. Rows of what is denied are limited, so that nobody fills the disk with
 * them; what is left out is counted, and the number has a row of its own. */
#ifndef COMPONENT_AUDIT_H
#define COMPONENT_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "component/component.h"
#include "component/stanza.h"

#define AUDIT_FOLDER "audit"

enum audit_column {
	AUDIT_ID, AUDIT_TIME, AUDIT_OPERATOR, AUDIT_ASKED_BY, AUDIT_ACTION, AUDIT_DEVICE, AUDIT_UNIT,
	AUDIT_COMMAND, AUDIT_REQUEST, AUDIT_RESULT, AUDIT_CONDITION, AUDIT_TEXT, AUDIT_SUPPRESSED,
	AUDIT_COLUMNS
};
extern const struct table_schema audit_schema;

/* What an order or a question is about, as far as its handler has learnt it.
 * Without a unit the device is what was asked for. Owned; { 0 } is nothing. */
struct audit_event {
	char *device, *unit, *command, *request;
	char *text;                               /* what was done */
	char *other, *other_unit, *other_text;    /* a second device that it was done to */
};
void audit_about(struct audit_event *e, const struct device *d);
void audit_event_clear(struct audit_event *e);

/* Who did it. */
struct audit_act {
	const char *operator_, *asked_by;   /* bare and full JID */
	bool is_operator;                   /* else a stranger, or a device */
	const char *action;                 /* the element's name, or NULL */
	const struct audit_event *about;
};

/* The ticket that the answer waits for; 0: it waits for nothing. Elsewhere: what was
 * done has a row that says by whom, so this one need not be synced. */
uint64_t audit_accepted(struct component *c, const struct audit_act *act, bool elsewhere);

/* The same; who is no operator waits for nothing. */
uint64_t audit_denied(struct component *c, const struct audit_act *act,
                      const struct stanza_error *error);

/* A JID as rows have it: a long one is cut. The caller frees it. */
char *audit_jid(const char *jid);

/* units.conf was read again, and has so many mistakes. */
void audit_reload(struct component *c, size_t mistakes);

/* Before the store is closed: a row for each number that no row tells of yet. */
void audit_close(struct component *c);

#endif
