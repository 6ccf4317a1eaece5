/* Figures of one printer, taken at two times. */
#ifndef COMMON_MFP_COMPARE_H
#define COMMON_MFP_COMPARE_H

#include <stdbool.h>

#include "common/mfp.h"

/* Whether both count the same: their name, index and unit are. */
bool mfp_same_counter(const struct mfp_counter *a, const struct mfp_counter *b);

/* The counter that counts the same, or NULL. */
const struct mfp_counter *mfp_find_counter(const struct mfp *m, const struct mfp_counter *like);

/* Calls backwards() for each counter that is lower now than it was. Not for
 * marker-power-on-count, which begins anew with each start of the printer. */
void mfp_compare_counters(const struct mfp *was, const struct mfp *is,
                          void (*backwards)(void *arg, const struct mfp_counter *was,
                                            const struct mfp_counter *is),
                          void *arg);

/* Whether it is one of those that begin anew. */
bool mfp_counter_restarts(const struct mfp_counter *c);

#endif
