/* Reading the audit back from its day files, in a worker thread. */
#ifndef COMPONENT_AUDIT_QUERY_H
#define COMPONENT_AUDIT_QUERY_H

#include "component/days.h"

/* Empty (NULL) is any. Strings are the filter's own. */
struct audit_filter {
	struct days_span span;
	char *operator_, *unit, *action, *request, *result;
	char *device, *device_jid;         /* as it was asked for, and as a bare JID: either */
	char **units;                      /* rows of these, and of none; NULL-terminated */
};

/* Blocks; touches nothing but the files below the data directory, and keeps no more
 * rows than the page has. A row that was written again after a failure is listed
 * once, but counted each time. */
void audit_query_run(const char *data_directory, const struct audit_filter *filter,
                     struct days_result *result);
void audit_filter_clear(struct audit_filter *filter);

#endif
