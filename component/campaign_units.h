/* The units of a campaign, and who may see and order it. */
#ifndef COMPONENT_CAMPAIGN_UNITS_H
#define COMPONENT_CAMPAIGN_UNITS_H

#include "component/campaign.h"
#include "component/component.h"

/* What an operator lacks of these rights (a set of enum unit_right) in any of its units. Who has
 * started it needs them in any one unit. *where: the first unit in which he lacks some, the
 * caller frees it, or NULL; may be NULL. */
unsigned campaign_units_missing(const struct campaign *k, const struct units *units,
                                const char *operator_, unsigned needs, char **where);

/* units.conf may be another one, so those whose members are held may have other units:
 * read again, where devices have their new units, and at the start, where they have not. */
void campaign_units_again(struct component *c);
void campaign_units_at_start(struct component *c);

#endif
