/* The requests of a BOSH session over HTTP, by libcurl on the loop: two connections that are
 * kept, HTTPS with checked certificates, an HTTP proxy. What comes is bounded in size here; for how
 * long it may take, the session says. */
#ifndef DEVICE_BOSH_HTTP_H
#define DEVICE_BOSH_HTTP_H

#include <stdbool.h>
#include <stdint.h>
#include <curl/curl.h>
#include <uv.h>

#include "device/bosh_session.h"

enum bosh_proxy_auth { BOSH_PROXY_ANY, BOSH_PROXY_BASIC, BOSH_PROXY_DIGEST, BOSH_PROXY_NONE };

struct bosh_http_options {
	const char *url;           /* http only to loopback addresses, else refused; never by a proxy */
	const char *ca_file;       /* PEM; NULL: the system's */
	char *const *pins;         /* of the endpoint's key: tls_pin_check(); NULL: none */
	int64_t no_earlier_s;      /* as in xmpp_options */
	const char *proxy;         /* a URL; NULL: as the environment says; "": none */
	const char *proxy_user, *proxy_password;      /* may be NULL */
	enum bosh_proxy_auth proxy_auth;
	const char *no_proxy;      /* hosts, parted by commas; NULL: as the environment says */
};

struct bosh_tls;

/* TLS and the proxy as the options say, for another request. tls must outlive it. */
void bosh_http_prepare(CURL *curl, const struct bosh_http_options *o, struct bosh_tls *tls);

struct bosh_answer {
	int status;                /* 0: no answer of the server's */
	const char *error;         /* why, then */
	bool held;                 /* the request had gone out, and somebody has ended it */
	int64_t rtt_ms;            /* from the request's end to the first byte; -1: unknown */
	const char *body;
	size_t len;
};

struct bosh_http;

/* Options are copied. done() comes for each request once, unless it is cancelled. */
struct bosh_http *bosh_http_new(uv_loop_t *loop, const struct bosh_http_options *options,
                                void (*done)(void *arg, int64_t rid, const struct bosh_answer *),
                                void *arg);

/* The text must stay until then. At most two at a time. */
void bosh_http_post(struct bosh_http *h, const struct bosh_request *request);
void bosh_http_cancel(struct bosh_http *h, int64_t rid);

/* Seconds since a connection carried data, -1: it has not yet. */
int64_t bosh_http_idle_s(const struct bosh_http *h);

/* Whether the address of a connection is on this machine still, and a route leads to its peer;
 * also if there is none. */
bool bosh_http_has_path(const struct bosh_http *h);

/* NULL is nothing. May be called within done(). Memory goes on the next turns of the loop. */
void bosh_http_free(struct bosh_http *h);

#endif
