/* The heads of the stanzas we send. `from` is set here and nowhere else. */
#ifndef COMPONENT_STANZA_H
#define COMPONENT_STANZA_H

#include <stdbool.h>

#include "common/xml.h"

/* The component's domain, once at start; kept by pointer. */
void stanza_set_from(const char *domain);

/* <iq type= to= id= from=>, left open. kind: "iq", "message" or "presence". */
void stanza_open(struct xml_writer *w, const char *kind, const char *type, const char *to,
                 const char *id);

/* The same from another address in our domain: whoever asked that one ignores
 * answers from elsewhere. */
void stanza_open_as(struct xml_writer *w, const char *from, const char *kind, const char *type,
                    const char *to, const char *id);

/* Ends a stanza that one of these has begun: its memory is kept for the next. */
void stanza_free(struct xml_writer *w);
/* Frees what is kept. */
void stanza_forget(void);

/* Whether a stanza's to is the component itself, not a node or resource of it. */
bool stanza_is_ours(const char *to);

/* A stanza error (RFC 6120 section 8.3): its condition decides the type. */
struct stanza_error {
	const char *condition;        /* "item-not-found" …, a constant */
	const char *app_condition;    /* element of urn:platen:operation:1, or NULL; a constant */
	const char *app_name;         /* its attribute name, or NULL; a constant */
	char *text;                   /* for people; owned */
};

/* Writes the <error/> element and frees its text. */
void stanza_error(struct xml_writer *w, struct stanza_error *error);

/* Whether text is a "name" of the schemas: of an argument, a reason's condition. */
bool stanza_is_name(const char *text);

#endif
