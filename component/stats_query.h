/* Counting requests from their day files, in a worker thread. */
#ifndef COMPONENT_STATS_QUERY_H
#define COMPONENT_STATS_QUERY_H

#include <stdatomic.h>

#include "component/days.h"
#include "component/tally.h"

/* Empty (NULL) is any. Strings are the filter's own. */
struct stats_filter {
	int64_t since, until;              /* when a request was created: wall ms, inclusive */
	char *device, *unit, *command;
	char **units;                      /* requests of these only; NULL-terminated */
	enum request_column by;            /* what is a row's key */
	const atomic_bool *stop;           /* true: give up; may be NULL */
};

/* Adds up what the filter lets through. NULL, or why the files could not be read (the
 * caller frees it). Blocks; touches nothing but the files below the data directory. */
char *stats_query_run(const char *data_directory, const struct stats_filter *filter,
                      struct tally *tally);
void stats_filter_clear(struct stats_filter *filter);

#endif
