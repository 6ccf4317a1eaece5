/* `requests`, `devices`, `audit` …: filters, pages (XEP-0059), rows as they come. */
#ifndef OPERATOR_LIST_H
#define OPERATOR_LIST_H

#include "operator/args.h"
#include "operator/fault.h"
#include "operator/grid.h"
#include "operator/list_query.h"
#include "operator/session.h"

struct list {
	struct list_query query;
	const char *row, *row_ns;   /* of each row */
	/* Prints a row as JSON or CSV, or adds it to the grid. */
	void (*json)(const struct xml *row);
	void (*cells)(const struct xml *row, struct grid *g);
	void (*csv)(const struct xml *row);
	void (*csv_head)(FILE *out);
	const struct grid_column *columns;
	size_t n_columns;
	const char *nothing;        /* said on a terminal when there is no row */
	int64_t ask_ms;             /* how long a page may take; 0: as others */
};

/* The whole command; words[0] is its name, the others are filters. */
int list_run(const struct list *l, const struct args *a, struct fault *f);

#endif
