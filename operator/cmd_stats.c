#include <stdio.h>
#include <string.h>

#include "operator/command.h"
#include "operator/json.h"
#include "operator/list.h"
#include "operator/stats.h"

/* Each page reads the days' files. */
#define ASK_MS 300000

static void print_json(const struct xml *el)
{
	struct stats s;

	stats_read(&s, el);
	json_print(stdout, stats_json(&s));
	stats_clear(&s);
}

static void print_csv(const struct xml *el)
{
	struct stats s;

	stats_read(&s, el);
	stats_csv(stdout, &s);
	stats_clear(&s);
}

static void add_cells(const struct xml *el, struct grid *g)
{
	struct stats s;

	stats_read(&s, el);
	stats_cells(&s, g);
	stats_clear(&s);
}

const struct list_filter stats_filters[] = {
	{ "by", LIST_BY }, { "unit", LIST_TEXT }, { "device", LIST_TEXT }, { "command", LIST_TEXT },
	{ "since", LIST_TIME }, { "until", LIST_TIME }, { NULL, LIST_TEXT },
};

/* What the keys are. */
static const char *head_of(const struct args *a)
{
	for (size_t i = 1; i < a->n_words; i++) {
		if (strcmp(a->words[i], "by=unit") == 0)
			return "UNIT";
		if (strcmp(a->words[i], "by=device") == 0)
			return "DEVICE";
	}
	return "COMMAND";
}

int cmd_stats(const struct args *a, struct fault *f)
{
	struct grid_column columns[STATS_COLUMNS];
	const struct list rows = {
		.query = { "stats", stats_filters, NULL }, .row = "row", .row_ns = ROW_OPERATION_NS,
		.json = print_json, .csv = print_csv, .csv_head = stats_csv_head, .cells = add_cells,
		.columns = columns, .n_columns = STATS_COLUMNS, .nothing = "No request.",
		.ask_ms = ASK_MS,
	};

	memcpy(columns, stats_columns, sizeof columns);
	columns[0].head = head_of(a);
	return list_run(&rows, a, f);
}
