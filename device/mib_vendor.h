/* Makers' own figures, by configuration, out of a printer's MIB. */
#ifndef DEVICE_MIB_VENDOR_H
#define DEVICE_MIB_VENDOR_H

#include "common/mfp.h"
#include "device/mib.h"
#include "device/vendor.h"

/* What the counters of a part are read from is added to n columns, which have room for
 * 2 * VENDOR_COUNTERS more: how many there are then. */
size_t mib_vendor_columns(enum mfp_part part, const struct vendor *vendor,
                          struct mib_column *columns, size_t n);

/* Adds to *m what a table of those columns has; columns and n are as above. False:
 * none of them. */
bool mib_vendor_fill(enum mfp_part part, const struct vendor *vendor, struct mib_column *columns,
                     size_t n, const struct mib_table *t, struct mfp *m);

#endif
