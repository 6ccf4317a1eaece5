/* Which devices are there, on which streams, and what they say of themselves. */
#ifndef COMPONENT_PRESENCE_H
#define COMPONENT_PRESENCE_H

#include "component/component.h"

/* A device's record: to its file (nothing waits for that), and into the table. */
void presence_commit(struct component *c, const struct record *rec);

/* The same, to be on disk: its ticket. */
uint64_t presence_commit_synced(struct component *c, const struct record *rec);

/* A device (by its bare JID) is there on this stream, and says this of itself: an
 * element <device/>. asked: in answer to us. Not for what is decommissioned. */
void presence_arrived(struct component *c, const char *bare, const char *full,
                      const struct xml *facts, bool asked);

/* Whether a fact replaces what is known (fact: a place in mfp_fact_names; value may be
 * NULL): what identifies a device an empty one does not. */
bool presence_fact_counts(size_t fact, const char *value);

/* Its streams count no more; what was under way on them stays so. */
void presence_forget_streams(struct device *d);

/* This stream of the device is gone; with the last one it is offline. What was
 * under way waits again. */
void presence_gone(struct component *c, struct device *d, const char *full, const char *cause);

/* The first half of it: nothing is sent there any more, nothing is done about what
 * was. */
void presence_left(struct component *c, struct device *d, const char *full, const char *cause);

/* units.conf has changed: each device's unit anew, and who waits for one is asked. */
void presence_new_units(struct component *c);

#endif
