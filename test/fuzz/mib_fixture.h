/* What the targets of printers' answers share: makers' figures to look for, and what must be
 * true of what came of an answer. */
#ifndef TEST_FUZZ_MIB_FIXTURE_H
#define TEST_FUZZ_MIB_FIXTURE_H

#include "device/mib_mfp.h"

/* Values, times, a string of records, a table. */
const struct vendor *mib_fixture_vendor(void);

/* Makes the part of the table: it is written so that every reader takes it. */
void mib_fixture_check(enum mfp_part part, const struct mib_table *t);

#endif
