/* Days that are over: one of which nothing is live is sealed (its table merged), one
 * at a time, and a sealed one is removed when it has been kept long enough. */
#ifndef COMPONENT_SEAL_H
#define COMPONENT_SEAL_H

#include "component/component.h"

/* How often it looks, ms; for the first time soon after the start. */
#define SEAL_INTERVAL_MS 600000

struct seal *seal_new(struct component *c);
/* When no worker runs any more. */
void seal_free(struct seal *s);

#endif
