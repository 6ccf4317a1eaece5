/* One day's table as who lists it sees it: a sorted part, which a sealed day has (a
 * merged file), and the rest, rows as they came. Blocks; reads files only. */
#ifndef COMPONENT_DAY_H
#define COMPONENT_DAY_H

#include "common/table_sorted.h"
#include "component/days.h"

struct day {
	const char *base;                  /* the caller's */
	const struct table_schema *schema;
	struct table_sorted *sorted;       /* NULL: nothing of it is sorted */
	unsigned *rest;                    /* numbers of the segments behind it */
	int n_rest;
};

/* base is DATA_DIRECTORY/FOLDER/2026-01-02. 0, or -1 with errno; close it in both
 * cases. */
int day_open(struct day *d, const char *base, const struct table_schema *schema);
void day_close(struct day *d);

/* All rows of the rest, in the order in which they came. 0, or -1 with errno: ENOENT when
 * a segment has gone, then open it again. */
int day_read_rest(const struct day *d, table_row_fn *row, void *arg);

/* Goes to where the span begins in the sorted part. 0, or -1 with errno. */
int day_begin(struct day *d, const struct days_span *span);
/* The next row of the sorted part, in the span's order: 1 and values (until the next
 * call); 0: nothing more of it can be in the span; -1 with errno. */
int day_next(struct day *d, const struct days_span *span, const char *const **values);

#endif
