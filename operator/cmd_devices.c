#include <stdio.h>

#include "operator/command.h"
#include "operator/csv.h"
#include "operator/json.h"
#include "operator/list.h"
#include "operator/print.h"

static void print_json(const struct xml *el)
{
	struct row_device row;

	row_device_read(&row, el);
	json_print(stdout, json_device(&row));
	row_device_clear(&row);
}

static void print_csv(const struct xml *el)
{
	struct row_device row;

	row_device_read(&row, el);
	csv_device(stdout, &row);
	row_device_clear(&row);
}

static void add_cells(const struct xml *el, struct grid *g)
{
	struct row_device row;

	row_device_read(&row, el);
	print_device_row(&row, g);
	row_device_clear(&row);
}

const struct list_filter devices_filters[] = {
	{ "device", LIST_TEXT }, { "unit", LIST_TEXT }, { "online", LIST_TRUTH },
	{ "decommissioned", LIST_TRUTH }, { "warning", LIST_TRUTH },
	{ "model", LIST_TEXT }, { "manufacturer", LIST_TEXT }, { "serial", LIST_TEXT },
	{ "sort", LIST_SORT }, { NULL, LIST_TEXT },
};

static const struct list devices = {
	.query = { "devices", devices_filters }, .row = "device", .row_ns = ROW_DEVICE_NS,
	.json = print_json, .csv = print_csv, .csv_head = csv_device_head, .cells = add_cells,
	.columns = print_device_columns,
	.n_columns = sizeof print_device_columns / sizeof *print_device_columns,
	.nothing = "No device.",
};

int cmd_devices(const struct args *a, struct fault *f)
{
	return list_run(&devices, a, f);
}
