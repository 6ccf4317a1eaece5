/* A stream over BOSH for a client that knows TCP only: an adapter that carries the client's
 * stream in HTTP requests (docs/protocol.md, Streams over BOSH). It listens on a loopback address
 * for a client in the same process, or takes a connection that somebody has accepted. The client
 * logs in through it, without TLS and without stream management of its own. One struct is one
 * session. */
#ifndef DEVICE_BOSH_H
#define DEVICE_BOSH_H

#include "device/bosh_http.h"

struct bosh_options {
	struct bosh_http_options http;
	const char *domain;         /* that the session is for; NULL: the one that the client names */
	int64_t wait_s;             /* for how long the server may hold a request */
};

struct bosh_events {
	/* Whether the connection from this port is the client's; others are turned away. Of
	 * bosh_open() only. */
	bool (*admits)(void *arg, int port);
	/* The session failed, or never was: text says why. NULL: it is over in another way, which
	 * the client hears in its stream. The last event. */
	void (*ended)(void *arg, const char *text);
};

struct bosh;

/* Options are copied. NULL, with a line in the log: no port can be had. */
struct bosh *bosh_open(uv_loop_t *loop, const struct bosh_options *options,
                       const struct bosh_events *events, void *arg);
/* On 127.0.0.1, until bosh_free(). */
int bosh_port(const struct bosh *b);

/* Options are copied; the connection is ours then, allocated by mem_zero(). */
struct bosh *bosh_attach(uv_loop_t *loop, const struct bosh_options *options, uv_tcp_t *client,
                         const struct bosh_events *events, void *arg);
/* Whether the server has accepted the client's account and password. */
bool bosh_is_logged_in(const struct bosh *b);
/* Ends the client's stream by a stream error with this text. */
void bosh_tell(struct bosh *b, const char *text);

/* Seconds since an HTTP connection carried data; -1: none has. */
int64_t bosh_idle_s(const struct bosh *b);

/* As of bosh_http_has_path(). */
bool bosh_has_path(const struct bosh *b);

/* No event comes any more; a session that there is is ended properly, in the background and
 * within 2 s, as is what the client is still to hear. May be called within an event. NULL is nothing. */
void bosh_free(struct bosh *b);

#endif
