#include "operator/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "operator/output.h"
#include "operator/row.h"

#define RSM_NS "http://jabber.org/protocol/rsm"
#define PAGE_ROWS 100

struct run {
	const struct list *list;
	const struct args *args;
	struct session session;
	struct grid grid;
	bool csv, headed;
	int64_t left;             /* rows that may still come; -1: all */
	int64_t rows;
	char *after;              /* where the next page begins */
	bool more;
};

/* True where the answer says that a page is behind this one. A component that
 * gives the same last row again would never end. */
static bool take_last(struct run *r, const struct xml *page)
{
	const struct xml *set = xml_child(page, "set", RSM_NS);
	const char *last = xml_text_of(xml_child(set, "last", RSM_NS));
	const char *more = xml_get(page, "more");

	if (more == NULL || (strcmp(more, "true") != 0 && strcmp(more, "1") != 0) || *last == '\0')
		return false;
	if (r->after != NULL && strcmp(r->after, last) == 0)
		return false;
	mem_set(&r->after, last);
	return true;
}

static void take_rows(struct run *r, const struct xml *page)
{
	const struct xml *row = xml_child(page, r->list->row, r->list->row_ns);

	if (r->csv && !r->headed)
		r->list->csv_head(stdout);
	r->headed = true;
	for (; row != NULL && r->left != 0; row = xml_again(row, r->list->row, r->list->row_ns)) {
		if (r->session.json)
			r->list->json(row);
		else if (r->csv)
			r->list->csv(row);
		else
			r->list->cells(row, &r->grid);
		r->rows++;
		if (r->left > 0)
			r->left--;
	}
	if (r->grid.n_cells > 0)
		grid_print(&r->grid, "", stdout);
	r->more = take_last(r, page);
}

/* 0, or the exit status; 0 with more cleared when stdout's reader has gone. */
static int next_page(struct run *r, struct fault *f)
{
	int64_t max = r->left >= 0 && r->left < PAGE_ROWS ? r->left : PAGE_ROWS;
	char *question = list_query_text(&r->list->query, r->args->words + 1, r->args->n_words - 1,
	                                 max, r->after, f);
	const struct xml *page;
	struct xml *answer;
	int rc, gone;

	rc = session_ask(&r->session, "get", question, r->list->query.element,
	                 list_query_ns(&r->list->query), &answer, &page, f);
	free(question);
	if (rc == 0) {
		take_rows(r, page);
		gone = output_flush(f);
		if (gone < 0)
			rc = f->exit;
		else if (gone > 0)
			r->more = false;
	}
	xml_free(answer);
	return rc;
}

int list_run(const struct list *l, const struct args *a, struct fault *f)
{
	struct run r = { .list = l, .args = a, .more = true,
	                 .grid = { .columns = l->columns, .n_columns = l->n_columns },
	                 .csv = a->options[ARGS_CSV] != NULL,
	                 .left = args_number(a, ARGS_LIMIT, -1) };
	char *question = list_query_text(&l->query, a->words + 1, a->n_words - 1, 1, NULL, f);
	int rc;

	/* A mistake in the words is told without a connection. */
	if (question == NULL)
		return f->exit;
	free(question);
	if (r.csv && a->options[ARGS_JSON] != NULL) {
		fault_set(f, EXIT_USAGE, "usage", "either --json or --csv");
		return f->exit;
	}
	rc = session_begin(&r.session, a, f);
	if (l->ask_ms > 0)
		r.session.ask_ms = l->ask_ms;
	while (rc == 0 && r.more && r.left != 0)
		rc = next_page(&r, f);
	if (rc == 0 && r.rows == 0 && r.session.terminal && !r.session.json && !r.csv)
		puts(l->nothing);
	session_end(&r.session);
	grid_clear(&r.grid);
	free(r.after);
	return rc;
}
