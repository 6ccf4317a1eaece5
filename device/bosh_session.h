/* A BOSH session (XEP-0124) as its client keeps it: which requests are open, what is sent
 * again after a failure, and when. It knows no HTTP and no clock: what happens comes in with
 * its time (monotonic ms), what is to be done is asked for. Pure but for random waits.
 *
 * Every request keeps its rid and text until it is answered. One that fails is sent again
 * as it was (section 14), so what it holds arrives once, and so does what answers it; that is
 * tried for as long as a server keeps a session that hears nothing. */
#ifndef DEVICE_BOSH_SESSION_H
#define DEVICE_BOSH_SESSION_H

#include "common/xml.h"

struct bosh_session_options {
	const char *to;          /* the domain */
	const char *lang;        /* may be NULL */
	int64_t wait_s;          /* for how long the server may hold a request */
	int64_t rid;             /* the first one */
};

enum bosh_end {
	BOSH_END_CLOSED,         /* as we wanted it */
	BOSH_END_TOLD,           /* a stream error has said why */
	BOSH_END_LOST
};

struct bosh_session_events {
	/* What the server sends, in order, each once. */
	void (*child)(void *arg, const struct xml *el);
	/* The last event. */
	void (*ended)(void *arg, enum bosh_end end, const char *text);
};

struct bosh_session;

/* Options are copied. The session is made by the first request. */
struct bosh_session *bosh_session_new(const struct bosh_session_options *options,
                                      const struct bosh_session_events *events, void *arg);
/* Not from within an event. NULL is nothing. */
void bosh_session_free(struct bosh_session *s);

/* What the client wants. */
void bosh_session_restart(struct bosh_session *s);
void bosh_session_send(struct bosh_session *s, const struct xml *stanza);
/* What was sent before still goes; then ended() comes. */
void bosh_session_close(struct bosh_session *s);
/* Bytes that wait to be sent. */
size_t bosh_session_waiting(const struct bosh_session *s);

struct bosh_request {
	int64_t rid;
	const char *text;        /* the session's, until the request is answered */
	size_t len;
};

/* What is to be sent now, which then counts as sent. False: nothing. polls: whether more may come
 * in; else only what must be sent is. */
bool bosh_session_next(struct bosh_session *s, int64_t now, bool polls, struct bosh_request *r);
/* A request that took too long: the caller ends it, and says so by bosh_session_failed(). */
bool bosh_session_overdue(const struct bosh_session *s, int64_t now, int64_t *rid);
/* When one of the two has something to do, unless something happens before; INT64_MAX: never. */
int64_t bosh_session_due(const struct bosh_session *s, bool polls);

/* The server has answered. rtt_ms: from the request's end to the answer's first byte. */
void bosh_session_answered(struct bosh_session *s, int64_t now, int64_t rid, int64_t rtt_ms,
                           const char *text, size_t len);
/* There was no answer that is one. held: the request had gone out, and somebody on the way has
 * ended it. */
void bosh_session_failed(struct bosh_session *s, int64_t now, int64_t rid, bool held,
                         const char *why);
/* The server does not know the session, or ends it, by an HTTP status. */
void bosh_session_refused(struct bosh_session *s, const char *why);

/* The server has made it; for how long it is held open without a request from us, in ms. */
bool bosh_session_exists(const struct bosh_session *s);
int64_t bosh_session_inactivity(const struct bosh_session *s);

#endif
