/* Finding an account's XMPP server: the addresses to try, in order (docs/finding.md). What the
 * network says of it is a stranger's word; whether a server is the right one shows only
 * its certificate, which is always held against the account's domain. */
#ifndef COMMON_FINDER_H
#define COMMON_FINDER_H

#include <netinet/in.h>
#include <uv.h>

#include "common/endpoint.h"
#include "common/xmpp.h"

#define FINDER_HOSTS 8             /* that are looked up */
#define FINDER_ADDRESSES 8         /* of one host */
#define FINDER_TARGETS (FINDER_HOSTS * FINDER_ADDRESSES)

struct finder_target {
	char host[ENDPOINT_HOST];      /* for people */
	char address[INET6_ADDRSTRLEN];
	int port;
	enum xmpp_security security;
	unsigned place;                /* the same one: addresses of one host, equal to each other */
};

struct finder_options {
	const char *domain;
	const char *hosts;             /* HOST[:PORT], ...: only these; NULL: DNS says it */
	int port;                      /* of who has none; 0: by security */
	enum xmpp_security security;
	double (*random)(void);        /* 0 <= x < 1, for weights; NULL: the kernel's */
};

/* One of them comes, once, never before finder_start() has returned. */
struct finder_events {
	void (*found)(void *arg, const struct finder_target *targets, size_t n);
	void (*not_found)(void *arg, enum xmpp_end end, const char *why);
};

struct finder;
struct finder *finder_start(uv_loop_t *loop, const struct finder_options *options,
                            const struct finder_events *events, void *arg);
/* Also within an event, and before it: then none comes. NULL is nothing. */
void finder_free(struct finder *f);

/* A configuration's list of hosts: NULL, or the first that is none (the caller frees it). */
char *finder_bad_host(const char *hosts);

#endif
