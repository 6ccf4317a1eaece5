/* Rows in any order become a few files that are sorted by key (runs), however many
 * rows there are; and such files become one. Of table_merge.c, for no one else. */
#ifndef COMMON_TABLE_RUNS_H
#define COMMON_TABLE_RUNS_H

#include <stdbool.h>
#include <stdio.h>

#include "common/table.h"
#include "common/table_scan.h"

struct table_runs;

/* Runs are made in the directory of base, where no name leads to them. */
struct table_runs *table_runs_new(const char *base, const struct table_schema *schema,
                                  const struct table_merging *how);
void table_runs_free(struct table_runs *r);

/* One more row; newer ones of a key are said over older ones. 0, or -1 with errno:
 * ECANCELED when it is to stop. */
int table_runs_add(struct table_runs *r, const char *const *values);

/* Writes all rows in order, one a key, empty columns left out. oldest (may be NULL)
 * is a sorted file that is older than all of them. 0, or -1 with errno; EBADMSG: oldest
 * is not sorted. */
int table_runs_write(struct table_runs *r, struct table_scan *oldest, FILE *out);

#endif
