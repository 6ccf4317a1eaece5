/* Questions to DNS on the loop (libc-ares), for what getaddrinfo() cannot ask. One struct is
 * one look-up: it reads resolv.conf, which a change of network may have changed. */
#ifndef COMMON_DNS_H
#define COMMON_DNS_H

#include <stddef.h>
#include <uv.h>

struct dns;

/* NULL, and *why says what is wrong. */
struct dns *dns_open(uv_loop_t *loop, const char **why);

/* message is NULL where there is no answer with records: then why says so. It comes once,
 * maybe before dns_srv() returns; dns_free() may not be called within it. */
typedef void dns_fn(void *arg, const unsigned char *message, size_t len, const char *why);
void dns_srv(struct dns *d, const char *name, dns_fn *done, void *arg);

/* What is not answered will not be told. NULL is nothing. */
void dns_free(struct dns *d);

#endif
