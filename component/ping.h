/* Whether the server is still there: a ping to our own domain goes to it and
 * comes back through it. */
#ifndef COMPONENT_PING_H
#define COMPONENT_PING_H

#include "component/component.h"

/* The link is online: begins; it ends by itself when the link is not. */
void ping_start(struct component *c);
void ping_stop(struct component *c);

#endif
