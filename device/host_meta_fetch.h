/* Asks a domain for its host-meta over HTTPS (libcurl, in a thread of the loop's pool: it is
 * one request, and rare). */
#ifndef DEVICE_HOST_META_FETCH_H
#define DEVICE_HOST_META_FETCH_H

#include <curl/curl.h>
#include <uv.h>

#include "device/bosh_http.h"

struct host_meta_options {
	const char *domain;            /* the account's: its certificate is checked */
	/* A proxy, authorities, the time; its URL and pins are not looked at. NULL: the system's. */
	const struct bosh_http_options *http;
	/* What tests add. May be NULL. */
	void (*prepare)(void *arg, CURL *curl);
	void *arg;
};

/* url is NULL where there is none, and why says so. Once, never before host_meta_fetch() has
 * returned. */
typedef void host_meta_fn(void *arg, const char *url, const char *why);

struct host_meta;
struct host_meta *host_meta_fetch(uv_loop_t *loop, const struct host_meta_options *options,
                                  host_meta_fn *done, void *arg);
/* Within done(), or before it: then it does not come. NULL is nothing. */
void host_meta_free(struct host_meta *h);

#endif
