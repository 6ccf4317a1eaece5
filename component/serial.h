/* Which devices say the same serial number: an index of the device table, by
 * manufacturer and serial number. What is decommissioned is not in it. */
#ifndef COMPONENT_SERIAL_H
#define COMPONENT_SERIAL_H

#include "component/device.h"

/* A row has changed; for device.c alone. */
void serial_update(struct devices *all, struct device *d);
void serial_forget(struct devices *all, struct device *d);

/* The next account after prev (NULL: the first) that says the same as d and is
 * another device: neither d, nor d before or after a rename. NULL: none. */
const struct device *serial_other(const struct device *d, const struct device *prev);

#endif
