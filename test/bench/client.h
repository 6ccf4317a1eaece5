/* Streams to a server on this machine, as a client (RFC 6120, SASL PLAIN, no TLS) or as a
 * component (XEP-0114). Both calls return when the stream may bear stanzas, and its
 * descriptor does not block any more. What goes wrong ends the program. */
#ifndef TEST_BENCH_CLIENT_H
#define TEST_BENCH_CLIENT_H

#include "test/bench/stream.h"

struct client_account {
	int port;
	const char *domain, *user, *password, *resource;
	bool nagle;              /* leave Nagle's algorithm on */
};

void client_login(struct stream *s, const struct client_account *a);
void client_component(struct stream *s, int port, const char *domain, const char *secret);

/* The first line of a file; "" if there is none. The caller frees it. */
char *client_secret(const char *path);

#endif
