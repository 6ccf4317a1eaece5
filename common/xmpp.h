/* A client's stream to its XMPP server: libstrophe in a thread of its own.
 *
 * libstrophe blocks (TLS handshake, name look-ups), so it never runs in the
 * loop: stanzas cross as text. All events come on the loop's thread. One
 * struct is one attempt: who wants to reconnect makes the next. */
#ifndef COMMON_XMPP_H
#define COMMON_XMPP_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

enum xmpp_security {
	XMPP_STARTTLS,      /* required */
	XMPP_DIRECT_TLS,
	XMPP_PLAIN          /* no TLS: loopback addresses only, else refused */
};
extern const char *const xmpp_security_names[];   /* starttls, direct-tls, plain; NULL */

struct xmpp_options {
	const char *jid;            /* full: the resource is asked for */
	const char *password;       /* NULL: only with a certificate */
	const char *host;           /* HOST[:PORT], ...; NULL: DNS says it (finder.h) */
	int port;                   /* of a host that has none; 0: 5222, or 5223 with direct TLS */
	enum xmpp_security security;
	const char *ca_file;        /* PEM; these alone are trusted; NULL: the system's */
	/* Of the client, PEM, for SASL EXTERNAL (XEP-0178) where the server offers it; NULL: none. */
	const char *certificate_file, *key_file;
	char *const *pins;          /* of the server's key: tls_pin_check(); NULL: none */
	bool stream_management;     /* XEP-0198 */
	int64_t connect_ms;         /* until online; then the attempt is ended */
	int64_t user_timeout_ms;    /* TCP_USER_TIMEOUT; 0: the kernel's */
	/* It is later than this, seconds since 1970, whatever the clock says: while that is
	 * behind, certificates are judged at this time, and one that is not valid yet may be. */
	int64_t no_earlier_s;
};

/* Copies what is pointed at, too; and frees that. */
void xmpp_options_copy(struct xmpp_options *to, const struct xmpp_options *from);
void xmpp_options_free(struct xmpp_options *o);

enum xmpp_end {
	XMPP_END_CLOSED,            /* by us */
	XMPP_END_RESOLVE, XMPP_END_CONNECT, XMPP_END_TLS, XMPP_END_AUTH,
	XMPP_END_TIMEOUT,           /* connect_ms is over */
	XMPP_END_CONFLICT,          /* another login took the resource */
	XMPP_END_LOST               /* stream error, reset, closed by the peer */
};

struct xmpp_events {
	/* Logged in and bound; jid is the full JID that the server gave. */
	void (*online)(void *arg, const char *jid);
	/* An iq, message or presence, as text. */
	void (*stanza)(void *arg, const char *text, size_t len);
	/* The stream has ended or never was; the last event. text says why. */
	void (*ended)(void *arg, enum xmpp_end end, const char *text);
};

struct xmpp;

/* Starts an attempt. Options are copied. Mistakes in them come as ended(). */
struct xmpp *xmpp_connect(uv_loop_t *loop, const struct xmpp_options *options,
                          const struct xmpp_events *events, void *arg);

/* Queues a stanza. Dropped when not online. */
void xmpp_send_text(struct xmpp *x, const char *text, size_t len);

/* Seconds since the stream's socket last sent or received data, whichever is
 * shorter (TCP_INFO); -1 if there is none. */
int64_t xmpp_idle_s(const struct xmpp *x);

/* The port that its socket has on this side, 0 if there is none. */
int xmpp_local_port(const struct xmpp *x);

/* Whether the stream's address is on this machine still, and a route leads to its server. */
bool xmpp_has_path(const struct xmpp *x);

/* Ends the stream properly (what is queued is sent first), ended() follows. */
void xmpp_close(struct xmpp *x);

/* Ends at once, no event comes any more, frees. NULL is nothing. Handles close
 * on the next turns of the loop. May be called within an event. */
void xmpp_destroy(struct xmpp *x);

#endif
