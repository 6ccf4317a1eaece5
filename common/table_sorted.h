/* Reading a merged NAME.tsv (table.h) by its order: from any key on, in both
 * directions. A file that is replaced meanwhile is read on as it was. Blocks. */
#ifndef COMMON_TABLE_SORTED_H
#define COMMON_TABLE_SORTED_H

#include "common/table.h"

struct table_sorted;

/* NULL with errno: ENOENT if there is no NAME.tsv or it is not a merged one; others
 * as table_read(). */
struct table_sorted *table_sorted_open(const char *base, const struct table_schema *schema);
void table_sorted_close(struct table_sorted *t);

/* The segments up to this one are in it. */
unsigned table_sorted_last(const struct table_sorted *t);

/* Goes before the first row whose key is not below this one, by halving; with NULL
 * behind the last row. 0, or -1 with errno. */
int table_sorted_seek(struct table_sorted *t, const char *key);

/* The row behind this place, or ahead of it, and goes over it; damaged lines are passed
 * over. 1, and values as table_row_fn, valid until the next call; 0: there is none;
 * -1 with errno. */
int table_sorted_next(struct table_sorted *t, const char *const **values);
int table_sorted_previous(struct table_sorted *t, const char *const **values);

/* Lines that were passed over; halving may pass one more than once. */
size_t table_sorted_damaged(const struct table_sorted *t);

#endif
