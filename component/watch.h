/* Operators who watch: each has a lease, and gets a headline for each change of a request
 * and each device that goes on or off, as far as he may view it at that moment. */
#ifndef COMPONENT_WATCH_H
#define COMPONENT_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "component/component.h"

#define WATCH_OPERATOR 10
#define WATCH_ALL 1000
/* With more than this queued on the link nothing is told: requests have to have room below
 * LINK_BACKLOG_LOW, from where on they are held back. */
#define WATCH_BACKLOG (LINK_BACKLOG_LOW / 4)
/* Seconds of a lease. */
#define WATCH_SHORTEST 5
#define WATCH_LONGEST 300

/* NULL: any. Strings are the filter's own. */
struct watch_filter {
	char *unit, *device;               /* device: a bare JID */
};

/* Begins or renews the lease of a full JID, whose bare one is the operator; takes the
 * filter's strings. *is_new: there was none. False: he, or all, have too many. */
bool watch_lease(struct component *c, const char *full, const char *bare,
                 struct watch_filter *filter, int64_t seconds, bool *is_new);
void watch_end(struct component *c, const char *full);

/* A row of a request is on its way to disk, and not yet in the table. */
void watch_row(struct component *c, const char *const *row);
/* A device has gone on or off. */
void watch_device(struct component *c, const struct device *d);

void watch_filter_clear(struct watch_filter *filter);
void watch_free(struct component *c);

#endif
