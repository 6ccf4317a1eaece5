/* Which device an operator means. */
#ifndef COMPONENT_RESOLVE_H
#define COMPONENT_RESOLVE_H

#include "component/component.h"
#include "component/stanza.h"

enum resolve_among { RESOLVE_ALL, RESOLVE_IN_USE };

/* By JID, or by what names one device to this operator: local part, name,
 * serial, MAC, address, host. Only devices of units where he may view; the new
 * account of a rename that waits, and among those in use a decommissioned one, is
 * found by its JID only. NULL and *error: item-not-found, or conflict with the
 * candidates. */
struct device *resolve_device(struct component *c, const char *operator_, const char *text,
                              enum resolve_among among, struct stanza_error *error);

/* Whether an operator may know of a device at all. */
bool resolve_may_view(const struct component *c, const char *operator_, const struct device *d);

#endif
