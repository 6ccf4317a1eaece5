/* Which devices say the same serial number: by manufacturer and serial number, as
 * they say them. What is decommissioned is not among them. */
#ifndef COMPONENT_SERIAL_H
#define COMPONENT_SERIAL_H

#include "component/device.h"
#include "component/names.h"

/* The accounts, one after the other, that say the same as d and are another device:
 * neither d, nor d before or after a rename. NULL: no more. The table must not change
 * meanwhile. */
struct serial_walk {
	const struct device *d;
	struct names_walk names;
};
const struct device *serial_first(struct serial_walk *w, const struct devices *all,
                                  const struct device *d);
const struct device *serial_next(struct serial_walk *w);

/* The first of them alone. */
const struct device *serial_other(const struct devices *all, const struct device *d);

#endif
