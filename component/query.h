/* Reading requests back from their day files, in a worker thread: the files are
 * the truth, and readers need no lock. */
#ifndef COMPONENT_QUERY_H
#define COMPONENT_QUERY_H

#include "component/days.h"
#include "component/request.h"

/* Empty (NULL, -1) is any. Strings are the query's own. */
struct query_filter {
	struct days_span span;             /* its times: when the request was created */
	char *device, *unit, *command, *operator_, *campaign;
	int status;                        /* enum request_status, or -1 */
	char **units;                      /* rows of these only; NULL-terminated */
};

/* Blocks; touches nothing but the files below the data directory. Rows are merged. */
void query_run(const char *data_directory, const struct query_filter *filter,
               struct days_result *result);
void query_filter_clear(struct query_filter *filter);

#endif
