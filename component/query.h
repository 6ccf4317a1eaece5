/* Reading requests back from their day files, in a worker thread: the files are
 * the truth, and readers need no lock. */
#ifndef COMPONENT_QUERY_H
#define COMPONENT_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "component/request.h"

/* Empty (NULL, 0, -1) is any. Strings are the query's own. */
struct query_filter {
	char *id, *device, *unit, *command, *operator_;
	int status;                        /* enum request_status, or -1 */
	int64_t since, until;              /* created, wall ms; until 0 is no bound */
	bool oldest;                       /* the order of the list: the oldest first */
	bool backwards;                    /* the page ahead of from, or the list's last one */
	char *from;                        /* only what lies beyond this id */
	unsigned max;
	bool count;                        /* no rows, only how many there are */
	char **units;                      /* rows of these only; NULL-terminated */
};

struct query_row {
	char *columns[REQ_COLUMNS];        /* merged; NULL: empty */
};

struct query_result {
	struct query_row *rows;            /* a page backwards: the last one first */
	unsigned n;
	size_t count;
	bool more;
	char *failed;                      /* why the files could not be read, or NULL */
};

/* Blocks; touches nothing but the files below the data directory. */
void query_run(const char *data_directory, const struct query_filter *filter,
               struct query_result *result);
void query_result_clear(struct query_result *result);
void query_filter_clear(struct query_filter *filter);

#endif
