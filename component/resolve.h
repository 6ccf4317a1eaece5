/* Which device an operator means. */
#ifndef COMPONENT_RESOLVE_H
#define COMPONENT_RESOLVE_H

#include "component/component.h"
#include "component/stanza.h"

/* By JID, or by what names one device to this operator: local part, name,
 * serial, MAC, address, host. Only devices of units where he may view. NULL and
 * *error: item-not-found, or conflict with the candidates. */
struct device *resolve_device(struct component *c, const char *operator_, const char *text,
                              struct stanza_error *error);

/* The one device that is meant in all units, or NULL: for what is recorded, not
 * for who asked. */
struct device *resolve_any(struct component *c, const char *text);

/* Whether an operator may know of a device at all. */
bool resolve_may_view(const struct component *c, const char *operator_, const struct device *d);

#endif
