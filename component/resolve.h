/* Which device an operator means. */
#ifndef COMPONENT_RESOLVE_H
#define COMPONENT_RESOLVE_H

#include "component/component.h"
#include "component/stanza.h"

enum resolve_among { RESOLVE_ALL, RESOLVE_IN_USE };

/* By JID, or by what names one device to this operator: local part, name,
 * serial, MAC, address, host. Only devices of units where he may view; the new
 * account of a rename that waits is found by its JID only. Blanks around text do not
 * count. RESOLVE_IN_USE: a name means a decommissioned one only where none in use has
 * it. NULL and *error: item-not-found, or conflict with the candidates. */
struct device *resolve_device(struct component *c, const char *operator_, const char *text,
                              enum resolve_among among, struct stanza_error *error);

/* The device whose JID this is, in any unit, or NULL. */
struct device *resolve_jid(const struct component *c, const char *text);

/* The JID that a filter means, which may be of a device that is not known any more;
 * NULL for no text. The caller frees it. False and *error: conflict. */
bool resolve_filter(struct component *c, const char *operator_, const char *text, char **jid,
                    struct stanza_error *error);

/* The one device that is meant in all units, or NULL: for what is recorded, not
 * for who asked. */
struct device *resolve_any(struct component *c, const char *text);

/* Whether an operator may know of a device at all. */
bool resolve_may_view(const struct component *c, const char *operator_, const struct device *d);

/* Whether it is what a device was renamed to that is not there yet, and whose old account is
 * in use. */
bool resolve_is_awaited(const struct component *c, const struct device *d);

/* The JID if an operator may know of that device, else NULL. */
const char *resolve_visible(const struct component *c, const char *operator_, const char *jid);

#endif
