#include <stdio.h>

#include "operator/command.h"
#include "operator/csv.h"
#include "operator/json.h"
#include "operator/list.h"
#include "operator/print.h"

static void print_json(const struct xml *el)
{
	struct row_request row;

	row_request_read(&row, el);
	json_print(stdout, json_request(&row));
	row_request_clear(&row);
}

static void print_csv(const struct xml *el)
{
	struct row_request row;

	row_request_read(&row, el);
	csv_request(stdout, &row);
	row_request_clear(&row);
}

static void add_cells(const struct xml *el, struct grid *g)
{
	struct row_request row;

	row_request_read(&row, el);
	print_request_row(&row, g);
	row_request_clear(&row);
}

const struct list_filter requests_filters[] = {
	{ "id", LIST_TEXT }, { "device", LIST_TEXT }, { "unit", LIST_TEXT },
	{ "status", LIST_STATUS }, { "command", LIST_TEXT }, { "operator", LIST_TEXT },
	{ "campaign", LIST_TEXT },
	{ "since", LIST_TIME }, { "until", LIST_TIME }, { "order", LIST_ORDER },
	{ NULL, LIST_TEXT },
};

static const struct list requests = {
	.query = { "requests", requests_filters }, .row = "request", .row_ns = ROW_OPERATION_NS,
	.json = print_json, .csv = print_csv, .csv_head = csv_request_head, .cells = add_cells,
	.columns = print_request_columns,
	.n_columns = sizeof print_request_columns / sizeof *print_request_columns,
	.nothing = "No request.",
};

int cmd_requests(const struct args *a, struct fault *f)
{
	return list_run(&requests, a, f);
}
