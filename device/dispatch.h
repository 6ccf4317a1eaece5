/* The device's protocol as a table: what may come, from whom, and who sees to
 * it. The one place where IQs are answered, except for outcomes that take time. */
#ifndef DEVICE_DISPATCH_H
#define DEVICE_DISPATCH_H

#include "device/execute.h"
#include "device/keepalive.h"
#include "device/presence.h"

/* The parts that stanzas go to. */
struct dispatch {
	char *const *obey;            /* whom we obey; the first is our component */
	struct stream *stream;
	struct execute *execute;
	struct presence *presence;
	struct keepalive *keepalive;
};

void dispatch_stanza(const struct dispatch *d, const struct xml *stanza);

#endif
