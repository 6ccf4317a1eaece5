/* Campaigns at the start: members whose request's row, or whose own, a crash has kept from
 * the disk. Nobody is asked twice, and nobody forgotten. */
#ifndef COMPONENT_CAMPAIGN_RECOVER_H
#define COMPONENT_CAMPAIGN_RECOVER_H

#include "component/component.h"
#include "component/request.h"

/* Each request that is read, as it is on disk, before anything becomes of it. */
void campaign_recover_saw(struct component *c, const struct request *r);

/* All of them have been. Campaigns go on. */
void campaign_recover_end(struct component *c);

#endif
