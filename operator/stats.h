/* Statistics of requests as the component tells them: for people, as JSON, as CSV. */
#ifndef OPERATOR_STATS_H
#define OPERATOR_STATS_H

#include <jansson.h>
#include <stdio.h>

#include "common/mfp.h"
#include "common/xml.h"
#include "operator/grid.h"

enum stats_number {
	STATS_REQUESTS, STATS_RESPONDED, STATS_FAILED, STATS_REFUSED, STATS_UNKNOWN, STATS_EXPIRED,
	STATS_NO_RESPONSE, STATS_CANCELLED, STATS_OPEN, STATS_P50, STATS_P90, STATS_P99, STATS_MAX,
	STATS_NUMBERS
};

struct stats {
	char *key;                /* NULL: of all that have no row of their own */
	struct mfp_number numbers[STATS_NUMBERS];
};

/* Fills *s anew; stats_clear() it afterwards. el is a <row/>. */
void stats_read(struct stats *s, const struct xml *el);
void stats_clear(struct stats *s);

/* A new reference. */
json_t *stats_json(const struct stats *s);

void stats_csv_head(FILE *out);
void stats_csv(FILE *out, const struct stats *s);

#define STATS_COLUMNS 11
extern const struct grid_column stats_columns[STATS_COLUMNS];
void stats_cells(const struct stats *s, struct grid *g);

#endif
