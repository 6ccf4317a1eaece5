/* Reading campaigns back from their files, in a worker thread. */
#ifndef COMPONENT_CAMPAIGN_QUERY_H
#define COMPONENT_CAMPAIGN_QUERY_H

#include "component/days.h"

/* Empty (NULL, -1) is any. Strings are the filter's own. */
struct campaign_filter {
	struct days_span span;             /* its times: when the campaign was created */
	char *operator_, *command;
	int status;                        /* enum campaign_status, or -1 */
	char **units;                      /* campaigns of these only; by name, NULL is the last */
	size_t n_units;
	char *own;                         /* and those of this operator */
};

/* Blocks; touches nothing but the files below the data directory. Rows are whole, but
 * for arguments in a list. */
void campaign_query_run(const char *data_directory, const struct campaign_filter *filter,
                        struct days_result *result);
void campaign_filter_clear(struct campaign_filter *filter);

/* The members of a campaign that is over, by device: at most max behind after (NULL: the
 * first) or, backwards, ahead of it (NULL: the last). Likewise. */
void campaign_query_members(const char *data_directory, const char *id,
                            const struct days_span *span, struct days_result *result);

#endif
