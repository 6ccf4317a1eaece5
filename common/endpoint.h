/* Where a server listens, as people write it: HOST, HOST:PORT, [IPv6], [IPv6]:PORT. */
#ifndef COMMON_ENDPOINT_H
#define COMMON_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define ENDPOINT_HOST 254         /* bytes of a name in DNS (RFC 1035), with the NUL */

struct endpoint {
	char host[ENDPOINT_HOST];     /* without brackets; a scope may follow an IPv6 address */
	int port;                     /* 0: none is given */
};

/* An IPv6 address without a port needs no brackets. False: it is none of these. */
bool endpoint_parse(const char *text, struct endpoint *e);

/* Whether it is a name that DNS may hold of a host: letters, digits, '-', '_', in labels
 * of 1 to 63 bytes. */
bool endpoint_is_name(const char *host);

bool endpoint_is_loopback(const struct sockaddr *sa);

#endif
