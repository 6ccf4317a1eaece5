/* What every command but login has: configuration, stream, where it prints. */
#ifndef OPERATOR_SESSION_H
#define OPERATOR_SESSION_H

#include <stdbool.h>

#include "operator/args.h"
#include "operator/fault.h"
#include "operator/link.h"
#include "operator/settings.h"

struct session {
	struct settings settings;
	struct link *link;
	char *password;
	bool json;
	bool terminal;            /* stdout is one */
	int64_t ask_ms;           /* how long an answer may take: SESSION_ASK_MS, if not changed */
};

#define SESSION_ASK_MS 15000

/* Reads the configuration and the password, and logs in. 0, or the exit status
 * with *f (none when interrupted). session_end() it all the same. */
int session_begin(struct session *s, const struct args *a, struct fault *f);
void session_end(struct session *s);

/* Asks by an IQ of this type and gives the payload element of this name and
 * namespace in *answer's IQ, or the exit status with *f. The caller frees *answer. */
int session_ask(struct session *s, const char *type, const char *payload, const char *name,
                const char *ns, struct xml **answer, const struct xml **element,
                struct fault *f);

/* An IQ get, answered in urn:platen:operation:1. */
int session_get(struct session *s, const char *payload, const char *name, struct xml **answer,
                const struct xml **element, struct fault *f);

/* Asks for the request of this id. The same, the <request/> in *element. */
int session_get_request(struct session *s, const char *id, struct xml **answer,
                        const struct xml **element, struct fault *f);

#endif
