/* What a printer says of itself, for people. */
#ifndef OPERATOR_PRINT_MFP_H
#define OPERATOR_PRINT_MFP_H

#include <stdbool.h>
#include <stdio.h>

#include "common/mfp.h"

/* One part with a heading; bars only where terminal is set. */
void print_mfp(const struct mfp *m, enum mfp_part part, bool terminal, FILE *out);

/* The supply with the least percent, owned by m, or NULL; the first marker-life-count. */
const struct mfp_supply *print_mfp_lowest_supply(const struct mfp *m);
struct mfp_number print_mfp_life(const struct mfp *m);

/* "5 % Black Toner" of the supply with the least percent, "271 871" of the first
 * marker-life-count: NULL if there is none. The caller frees it. */
char *print_mfp_lowest(const struct mfp *m);
char *print_mfp_life_count(const struct mfp *m);

#endif
