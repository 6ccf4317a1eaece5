/* `requests` and `devices`: filters, pages (XEP-0059), rows as they come. */
#ifndef OPERATOR_LIST_H
#define OPERATOR_LIST_H

#include "operator/args.h"
#include "operator/fault.h"
#include "operator/grid.h"
#include "operator/session.h"

enum list_value { LIST_TEXT, LIST_TRUTH, LIST_TIME, LIST_STATUS };

struct list_filter {
	const char *key;            /* NULL ends a list of them */
	enum list_value value;
};

struct list {
	const char *element;        /* of the question: "requests" */
	const char *row, *row_ns;   /* of each row */
	const struct list_filter *filters;
	/* Prints a row as JSON, or adds it to the grid. */
	void (*json)(const struct xml *row);
	void (*cells)(const struct xml *row, struct grid *g);
	const struct grid_column *columns;
	size_t n_columns;
	const char *nothing;        /* said on a terminal when there is no row */
};

/* The question for one page: the element with the filters, max rows behind
 * after (NULL: the first). NULL with *f (usage) if a filter is none. The caller
 * frees it. */
char *list_question(const struct list *l, const char *const *filters, size_t n_filters,
                    int64_t max, const char *after, struct fault *f);

/* The whole command; words[0] is its name, the others are filters. */
int list_run(const struct list *l, const struct args *a, struct fault *f);

#endif
