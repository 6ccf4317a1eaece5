#include <stdio.h>

#include "operator/command.h"
#include "operator/event.h"
#include "operator/json.h"
#include "operator/list.h"

static void print_json(const struct xml *el)
{
	struct event e;

	event_read(&e, el);
	json_print(stdout, event_json(&e));
	event_clear(&e);
}

static void print_csv(const struct xml *el)
{
	struct event e;

	event_read(&e, el);
	event_csv(stdout, &e);
	event_clear(&e);
}

static void add_cells(const struct xml *el, struct grid *g)
{
	struct event e;

	event_read(&e, el);
	event_cells(&e, g);
	event_clear(&e);
}

const struct list_filter audit_filters[] = {
	{ "operator", LIST_TEXT }, { "device", LIST_TEXT }, { "unit", LIST_TEXT },
	{ "action", LIST_TEXT }, { "result", LIST_RESULT }, { "request", LIST_TEXT },
	{ "since", LIST_TIME }, { "until", LIST_TIME }, { "order", LIST_ORDER },
	{ NULL, LIST_TEXT },
};

static const struct list events = {
	.query = { "audit", audit_filters, EVENT_NS }, .row = "event", .row_ns = EVENT_NS,
	.json = print_json, .csv = print_csv, .csv_head = event_csv_head, .cells = add_cells,
	.columns = event_columns, .n_columns = sizeof event_columns / sizeof *event_columns,
	.nothing = "Nothing.",
};

int cmd_audit(const struct args *a, struct fault *f)
{
	return list_run(&events, a, f);
}
