/* The question for one page of a list (docs/protocol.md, "Ask"). */
#ifndef OPERATOR_LIST_QUERY_H
#define OPERATOR_LIST_QUERY_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "operator/fault.h"

enum list_value { LIST_TEXT, LIST_TRUTH, LIST_TIME, LIST_STATUS, LIST_ORDER, LIST_SORT, LIST_RESULT,
                  LIST_BY, LIST_CAMPAIGN_STATUS };

struct list_filter {
	const char *key;            /* NULL ends a list of them; at most 32 */
	enum list_value value;
};

struct list_query {
	const char *element;        /* "requests" */
	const struct list_filter *filters;
	const char *ns;             /* NULL: urn:platen:operation:1 */
};

/* Says which filters there are, and their values, one a line: "  order=newest|oldest". */
void list_query_help(const struct list_filter *filters, FILE *out);

/* The element's namespace. */
const char *list_query_ns(const struct list_query *q);

/* The element with the filters (KEY=VALUE each), for max rows behind after
 * (NULL: the first ones). NULL with *f (usage) if a filter is none. The caller
 * frees it. */
char *list_query_text(const struct list_query *q, const char *const *filters, size_t n_filters,
                      int64_t max, const char *after, struct fault *f);

#endif
