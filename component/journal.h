/* Requests' rows and the day files they are in: all rows of a request are in
 * the file of its id's day. Knows nothing of what a row means. */
#ifndef COMPONENT_JOURNAL_H
#define COMPONENT_JOURNAL_H

#include <stdint.h>

#include "component/component.h"

/* The folder of the day files, below the data directory. */
#define JOURNAL_FOLDER "requests"

/* Whether the day file of a new id can be used; else said in the log. */
bool journal_ready(struct component *c, const char *id);

/* Appends a request's row; its ticket. The first one only when journal_ready(). */
uint64_t journal_append(struct component *c, const char *const *row);

/* The same for a row that need not be on disk before anything else happens. */
void journal_append_lazy(struct component *c, const char *const *row);

/* Reads the days that may hold live requests, oldest first: each row goes to
 * row(); of what is sealed, those of requests whose tokens still count. 0, or -1:
 * said in the log. */
int journal_load(struct component *c, table_row_fn *row, void *arg);

#endif
