/* What a client's stream has beside its stanzas, and a BOSH session has elsewhere or not at
 * all (XEP-0206): as text for the client, which the caller frees. Pure. */
#ifndef DEVICE_BOSH_STREAM_H
#define DEVICE_BOSH_STREAM_H

#include "common/xml.h"

#define BOSH_STREAM_END "</stream:stream>"

/* The server's header, which a session has not. */
char *bosh_stream_header(const char *domain, size_t *len);
/* Without what bodies cannot carry, or HTTP has already. */
char *bosh_stream_features(const struct xml *features, size_t *len);
char *bosh_stream_error(const char *text, size_t *len);

#endif
