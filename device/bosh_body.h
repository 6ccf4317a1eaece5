/* BOSH bodies (XEP-0124, XEP-0206): what is sent is written here, what comes is read,
 * within bounds. Pure. */
#ifndef DEVICE_BOSH_BODY_H
#define DEVICE_BOSH_BODY_H

#include "common/xml.h"

#define BOSH_NS "http://jabber.org/protocol/httpbind"
/* Of one response: it may hold all that came for us while no request was open. */
#define BOSH_BODY_BYTES (4u << 20)

enum bosh_kind { BOSH_CREATE, BOSH_RESTART, BOSH_STANZAS, BOSH_TERMINATE };

struct bosh_head {
	enum bosh_kind kind;
	int64_t rid;
	const char *sid;         /* NULL for BOSH_CREATE */
	const char *to, *lang;   /* of BOSH_CREATE and BOSH_RESTART; lang may be NULL */
	int64_t wait_s;          /* of BOSH_CREATE */
};

/* stanzas: as bosh_stanza() makes them, one after the other, or "". The caller frees it. */
char *bosh_body_write(const struct bosh_head *head, const char *stanzas, size_t *len);

/* el as text that is whole in any body or stream; the caller frees it. */
char *bosh_stanza(const struct xml *el, size_t *len);

/* What a response says; its texts are its tree's. */
struct bosh_body {
	struct xml *tree;        /* its children are the server's stanzas */
	bool terminate;
	const char *condition;   /* of terminate; NULL: none */
	const char *sid;         /* NULL: none */
	int64_t wait, inactivity, polling, requests;     /* -1: not said, or no such number */
};

/* False if it is no body, or breaks a limit; *why is a constant. bosh_body_clear() it if
 * it is one. */
bool bosh_body_read(struct bosh_body *b, const char *text, size_t len, const char **why);
void bosh_body_clear(struct bosh_body *b);

#endif
