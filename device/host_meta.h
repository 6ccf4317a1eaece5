/* A domain's host-meta (RFC 6415): where it offers BOSH (XEP-0156). It is a stranger's text, and
 * says where the account will log in, so only what came over HTTPS may be read here. */
#ifndef DEVICE_HOST_META_H
#define DEVICE_HOST_META_H

#include <stddef.h>

#define HOST_META_BYTES 65536
#define HOST_META_URL 1024

/* The first URL of urn:xmpp:alt-connections:xbosh that is https: and one that we would ask; the
 * caller frees it. NULL: there is none, and *why (a constant) says so. */
char *host_meta_read(const char *text, size_t len, const char **why);

#endif
