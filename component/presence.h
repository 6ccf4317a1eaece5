/* Which devices are there, on which streams, and what they say of themselves. */
#ifndef COMPONENT_PRESENCE_H
#define COMPONENT_PRESENCE_H

#include "component/component.h"

/* A device's record: to its file (nothing waits for that), and into the table. */
void presence_commit(struct component *c, const struct record *rec);

/* A device (by its bare JID) is there on this stream, and says this of itself: an
 * element <device/>. */
void presence_arrived(struct component *c, const char *bare, const char *full,
                      const struct xml *facts);

/* This stream of the device is gone; with the last one it is offline. What was
 * under way waits again. */
void presence_gone(struct component *c, struct device *d, const char *full, const char *cause);

/* units.conf has changed: each device's unit anew. */
void presence_new_units(struct component *c);

#endif
