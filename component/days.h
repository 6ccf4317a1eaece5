/* Tables with a file a day: a row is in the file of the day (UTC) of its id, a
 * UUID of version 7. Which files there are, and lists of rows out of them:
 * readers need no lock and touch nothing else, so all of this may be done in a
 * worker thread. */
#ifndef COMPONENT_DAYS_H
#define COMPONENT_DAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/table.h"

#define DAYS_MS INT64_C(86400000)

/* "FOLDER/2026-01-02" of a day: wall ms of any time in it. */
#define DAYS_NAME 24
void days_name(const char *folder, int64_t wall_ms, char out[static DAYS_NAME]);

/* The days that a folder has, newest first: midnights in wall ms, the caller
 * frees them in any case. Returns how many, or -1 with errno. */
int days_list(const char *data_directory, const char *folder, int64_t **midnights);

/* Which part of a list is asked for. Empty (NULL, 0) is any. */
struct days_span {
	char *id;                          /* this row only */
	int64_t since, until;              /* wall ms, inclusive */
	bool oldest;                       /* the order of the list: the oldest first */
	bool backwards;                    /* the page ahead of from, or the list's last one */
	char *from;                        /* only what lies beyond this id */
	unsigned max;
	bool count;                        /* no rows, only how many there are */
};

/* Whether rows come with growing ids: the way in which the page is filled. */
bool days_is_ascending(const struct days_span *s);
/* Whether a row is in the span, by its id; and by when it was made, too. */
bool days_has_id(const struct days_span *s, const char *id);
bool days_has(const struct days_span *s, const char *id, int64_t wall_ms);
void days_span_clear(struct days_span *s);

struct days_row {
	char **columns;                    /* of the schema; NULL: empty */
};

struct days_result {
	struct days_row *rows;             /* a page backwards: the last one first */
	unsigned n;
	size_t count;
	bool more;
	char *failed;                      /* why the files could not be read, or NULL */

	const struct table_schema *schema;
};

/* One more row, empty, in the place n; there must be room. */
struct days_row *days_add_row(struct days_result *result);
/* Takes out all but the first n. */
void days_drop_rows(struct days_result *result, unsigned n);

/* Adds what fits of one day to the page, to count, and to more. 0, or -1 with
 * errno: what it has added is then taken out again. */
typedef int days_fn(const char *base, const void *filter, struct days_result *result);

/* Goes through the folder's days that the span can be in, until the page is full.
 * Blocks. */
void days_run(const char *data_directory, const char *folder, const struct table_schema *schema,
              const struct days_span *span, days_fn *day, const void *filter,
              struct days_result *result);
void days_result_clear(struct days_result *result);

#endif
