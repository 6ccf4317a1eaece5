/* What a printer says of itself, for people. */
#ifndef OPERATOR_PRINT_MFP_H
#define OPERATOR_PRINT_MFP_H

#include <stdbool.h>
#include <stdio.h>

#include "common/mfp.h"

/* One part with a heading; bars only where terminal is set. */
void print_mfp(const struct mfp *m, enum mfp_part part, bool terminal, FILE *out);

/* "5 % Black Toner" of the supply with the least percent, "271 871" of the first
 * marker-life-count: NULL if there is none. The caller frees it. */
char *print_mfp_lowest(const struct mfp *m);
char *print_mfp_life_count(const struct mfp *m);

#endif
