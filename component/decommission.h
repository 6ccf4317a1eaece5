/* Devices that are taken out of use. Their rows stay. */
#ifndef COMPONENT_DECOMMISSION_H
#define COMPONENT_DECOMMISSION_H

#include "component/component.h"

/* Takes it out of use: its streams are forgotten, what waits for it ends. The
 * ticket of its row. Nothing to do, and 0, for one that is out of use. */
uint64_t decommission(struct component *c, struct device *d);

/* One more request of a device that is decommissioned ends. */
void decommission_cancel(struct component *c, struct request *r);
/* The same when requests are read from disk: whether it was renamed its successor says. */
void decommission_resume(struct component *c, struct request *r);

/* The device is there: where it is the new account of another one, that is
 * decommissioned. As above. */
uint64_t decommission_predecessor(struct component *c, const struct device *d);

/* "… was decommissioned on …, its successor is …"; the caller frees it. The device
 * itself is not told of a successor, nor is an operator who may not view that. */
char *decommission_text(const struct device *d);
char *decommission_text_for_operator(const struct component *c, const char *operator_,
                                     const struct device *d);

#endif
