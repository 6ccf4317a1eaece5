#include <stdio.h>

#include "operator/command.h"
#include "operator/csv.h"
#include "operator/json.h"
#include "operator/list.h"
#include "operator/print.h"

static void print_json(const struct xml *el)
{
	struct row_unassigned row;

	row_unassigned_read(&row, el);
	json_print(stdout, json_unassigned(&row));
	row_unassigned_clear(&row);
}

static void print_csv(const struct xml *el)
{
	struct row_unassigned row;

	row_unassigned_read(&row, el);
	csv_unassigned(stdout, &row);
	row_unassigned_clear(&row);
}

static void add_cells(const struct xml *el, struct grid *g)
{
	struct row_unassigned row;

	row_unassigned_read(&row, el);
	print_unassigned_row(&row, g);
	row_unassigned_clear(&row);
}

static const struct list_filter filters[] = { { NULL, LIST_TEXT } };

static const struct list unassigned = {
	.query = { "unassigned", filters, ROW_DEVICE_NS }, .row = "device", .row_ns = ROW_DEVICE_NS,
	.json = print_json, .csv = print_csv, .csv_head = csv_unassigned_head, .cells = add_cells,
	.columns = print_unassigned_columns,
	.n_columns = sizeof print_unassigned_columns / sizeof *print_unassigned_columns,
	.nothing = "No unassigned device.",
};

int cmd_unassigned(const struct args *a, struct fault *f)
{
	return list_run(&unassigned, a, f);
}
