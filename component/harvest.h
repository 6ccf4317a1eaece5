/* What an outcome's figures tell of the device: its row has the newest. */
#ifndef COMPONENT_HARVEST_H
#define COMPONENT_HARVEST_H

#include "component/component.h"
#include "component/outcome.h"

/* late: the request had ended before. Texts of the figures may be taken. */
void harvest(struct component *c, struct device *d, struct outcome_figures *figures, bool late);

#endif
