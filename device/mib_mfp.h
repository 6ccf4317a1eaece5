/* What a printer says of itself, out of columns of its MIBs: Printer-MIB (RFC 3805),
 * Host Resources (RFC 2790), and values of vendors by configuration. */
#ifndef DEVICE_MIB_MFP_H
#define DEVICE_MIB_MFP_H

#include "common/mfp.h"
#include "device/mib.h"
#include "device/vendor.h"

#define MIB_MFP_COLUMNS (16 + 2 * VENDOR_COUNTERS)   /* a vendor's row has two */

/* The columns that a part is made of: how many. */
size_t mib_mfp_columns(enum mfp_part part, const struct vendor *vendor,
                       struct mib_column columns[static MIB_MFP_COLUMNS]);

/* Makes a part of what those columns have. False: nothing of it is there. */
bool mib_mfp_fill(enum mfp_part part, const struct vendor *vendor, const struct mib_table *t,
                  struct mfp *m);

/* The table that a printer lacks which has nothing of the part. */
const char *mib_mfp_name(enum mfp_part part);

#endif
