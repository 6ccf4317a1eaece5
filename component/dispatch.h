/* The protocol: which stanza, from whom, goes to which handler. */
#ifndef COMPONENT_DISPATCH_H
#define COMPONENT_DISPATCH_H

#include "common/xml.h"
#include "component/audit.h"
#include "component/component.h"
#include "component/stanza.h"

/* Who may: a sender is each of these that units.conf makes him. */
enum who { WHO_OPERATOR = 1, WHO_DEVICE = 2, WHO_ANYONE = 4 };

struct iq_entry;

/* A stanza under way to its handler. Valid during the call. */
struct call {
	struct component *c;
	const struct xml *stanza, *payload;   /* payload: an IQ's child, else NULL */
	const char *from, *bare, *id;         /* id may be NULL in a presence */
	unsigned who;
	const char *type;                     /* of an IQ */
	const struct iq_entry *entry;         /* of dispatch.c's table, once it is found */
	/* For the record: device and command as they were sent. A handler puts in
	 * what it learns, also when it then refuses: audit_about(), mem_set(). */
	struct audit_event audit;
};

/* What a handler says of an IQ get or set; the dispatcher alone answers. */
enum reply_kind {
	REPLY_RESULT,         /* what was written to the result, when ticket is on disk */
	REPLY_ERROR,
	REPLY_LATER           /* a question: by dispatch_answer() or dispatch_refuse() */
};

struct reply {
	enum reply_kind kind;
	uint64_t ticket;
	struct stanza_error error;
};

/* A REPLY_ERROR; the text is owned by it. */
struct reply reply_error(const char *condition, char *text);
/* The same with an element of our own beside the condition, and its name=''; both
 * constants, name may be NULL. */
struct reply reply_own(const char *condition, const char *own, const char *name, char *text);
/* resource-constraint, with <limit name=''/>: which one (a constant). */
struct reply reply_limit(const char *name, char *text);

/* One stanza from the link. cut: see xml_stream_events. */
void dispatch(struct component *c, const struct xml *stanza, const char *cut);

/* For handlers that answer later: writes the result's payload with body(). */
void dispatch_answer(struct component *c, const char *to, const char *id,
                     void (*body)(struct xml_writer *w, void *arg), void *arg);
void dispatch_refuse(struct component *c, const char *to, const char *id,
                     struct stanza_error error);

#endif
