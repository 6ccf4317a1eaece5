/* Requests' rows and the day files they are in: all rows of a request are in
 * the file of its id's day. Knows nothing of what a row means. */
#ifndef COMPONENT_JOURNAL_H
#define COMPONENT_JOURNAL_H

#include <stdint.h>

#include "component/component.h"

/* "requests/2026-01-02" of a day: wall ms of any time in it. */
#define JOURNAL_NAME 24
void journal_name(int64_t wall_ms, char out[static JOURNAL_NAME]);

/* Whether the day file of a new id can be used; else said in the log. */
bool journal_ready(struct component *c, const char *id);

/* Appends a request's row; its ticket. The first one only when journal_ready(). */
uint64_t journal_append(struct component *c, const char *const *row);

/* Reads the days that may hold live requests, oldest first: each row goes to
 * row(). 0, or -1: said in the log. */
int journal_load(struct component *c, table_row_fn *row, void *arg);

/* The days there are, newest first: midnights in wall ms, the caller frees
 * them in any case. Returns how many, or -1 with errno. */
int journal_days(const char *data_directory, int64_t **midnights);

#endif
