/* Accounts of an XMPP server, by ad-hoc commands (XEP-0050) of its service administration
 * (XEP-0133). Prosody and ejabberd both take the filled-in form at once. */
#ifndef OPERATOR_ADMIN_H
#define OPERATOR_ADMIN_H

#include "common/xml.h"

enum admin_act { ADMIN_ADD, ADMIN_DELETE, ADMIN_PASSWORD };

enum admin_result {
	ADMIN_DONE,
	ADMIN_THERE,          /* add: such an account exists */
	ADMIN_ABSENT,         /* delete: no such account exists */
	ADMIN_FAILED,         /* this one is refused */
	ADMIN_FORBIDDEN,      /* we are no administrator */
	ADMIN_NO_COMMAND      /* the server has no such command */
};

/* The payload of the IQ set; password NULL for delete. The caller wipes it. */
char *admin_command(enum admin_act act, const char *jid, const char *password);

/* What the answer, a result or an error, means; where it is not ADMIN_DONE, a condition
 * (RFC 6120 section 8.3.3) and what the server says, both the caller's to free. */
enum admin_result admin_answer(enum admin_act act, const struct xml *iq, char **condition,
                               char **text);

#endif
