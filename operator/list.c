#include "operator/list.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/conf.h"
#include "common/mem.h"
#include "operator/output.h"
#include "operator/row.h"

#define RSM_NS "http://jabber.org/protocol/rsm"
#define PAGE_ROWS 100

static const struct list_filter *find(const struct list *l, const char *word, size_t len)
{
	const struct list_filter *f = l->filters;

	while (f->key != NULL && (strlen(f->key) != len || memcmp(f->key, word, len) != 0))
		f++;
	return f->key != NULL ? f : NULL;
}

/* Who gives a wrong key is told the right ones. */
static void explain_keys(const struct list *l, const char *word, struct fault *f)
{
	char *keys = mem_strdup(""), *longer;

	for (const struct list_filter *known = l->filters; known->key != NULL; known++) {
		longer = mem_printf("%s%s%s", keys, *keys ? ", " : "", known->key);
		free(keys);
		keys = longer;
	}
	fault_set(f, EXIT_USAGE, "usage", "'%s' is no filter: KEY=VALUE, KEY one of %s", word, keys);
	free(keys);
}

/* The value as the wire has it, or NULL with *f. The caller frees it. */
static char *wire_value(const struct list_filter *filter, const char *value, struct fault *f)
{
	char *why = NULL, *text = NULL;
	char when[CLOCK_STRING];
	bool truth = false;
	int64_t ms;

	switch (filter->value) {
	case LIST_TEXT:
		text = mem_strdup(value);
		break;
	case LIST_TRUTH:
		why = conf_parse_bool(value, &truth);
		text = mem_strdup(truth ? "true" : "false");
		break;
	case LIST_TIME:
		if (clock_parse(value, &ms))
			text = mem_strdup(clock_format(ms, when));
		else
			why = mem_printf("'%s' is no time such as 2026-01-02T03:04:05Z", value);
		break;
	case LIST_STATUS:
		if (row_status_known(value))
			text = mem_strdup(value);
		else
			why = mem_printf("'%s' is no status", value);
		break;
	}
	if (why == NULL)
		return text;
	fault_set(f, EXIT_USAGE, "usage", "%s: %s", filter->key, why);
	free(why);
	free(text);
	return NULL;
}

static bool add_filter(const struct list *l, const char *word, struct xml_writer *w,
                       unsigned *given, struct fault *f)
{
	const char *value = "";
	size_t len = args_pair(word, &value);
	const struct list_filter *filter = find(l, word, len);
	char *text;

	if (len == 0 || *value == '\0' || filter == NULL) {
		explain_keys(l, word, f);
		return false;
	}
	if (*given & 1u << (filter - l->filters)) {
		fault_set(f, EXIT_USAGE, "usage", "the filter %s is given twice", filter->key);
		return false;
	}
	*given |= 1u << (filter - l->filters);
	text = wire_value(filter, value, f);
	xml_attr(w, filter->key, text);
	free(text);
	return text != NULL;
}

char *list_question(const struct list *l, const char *const *filters, size_t n_filters,
                    int64_t max, const char *after, struct fault *f)
{
	struct xml_writer w = { 0 };
	unsigned given = 0;
	char *number;

	xml_open(&w, l->element, ROW_OPERATION_NS);
	for (size_t i = 0; i < n_filters; i++) {
		if (!add_filter(l, filters[i], &w, &given, f)) {
			xml_writer_free(&w);
			return NULL;
		}
	}
	xml_open(&w, "set", RSM_NS);
	number = mem_printf("%" PRId64, max);
	xml_element(&w, "max", RSM_NS, number);
	free(number);
	if (after != NULL)
		xml_element(&w, "after", RSM_NS, after);
	xml_close(&w);
	xml_close(&w);
	return xml_take(&w, NULL);
}

struct run {
	const struct list *list;
	const struct args *args;
	struct session session;
	struct grid grid;
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

	for (; row != NULL && r->left != 0; row = xml_again(row, r->list->row, r->list->row_ns)) {
		if (r->session.json)
			r->list->json(row);
		else
			r->list->cells(row, &r->grid);
		r->rows++;
		if (r->left > 0)
			r->left--;
	}
	if (!r->session.json && r->grid.n_cells > 0)
		grid_print(&r->grid, "", stdout);
	r->more = take_last(r, page);
}

/* 0, or the exit status; 0 with more cleared when stdout's reader has gone. */
static int next_page(struct run *r, struct fault *f)
{
	int64_t max = r->left >= 0 && r->left < PAGE_ROWS ? r->left : PAGE_ROWS;
	char *question = list_question(r->list, r->args->words + 1, r->args->n_words - 1, max,
	                               r->after, f);
	const struct xml *page;
	struct xml *answer;
	int rc, gone;

	rc = session_get(&r->session, question, r->list->element, &answer, &page, f);
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
	                 .left = args_number(a, ARGS_LIMIT, -1) };
	char *question = list_question(l, a->words + 1, a->n_words - 1, 1, NULL, f);
	int rc;

	/* A mistake in the filters is told without a connection. */
	if (question == NULL)
		return f->exit;
	free(question);
	rc = session_begin(&r.session, a, f);
	while (rc == 0 && r.more && r.left != 0)
		rc = next_page(&r, f);
	if (rc == 0 && r.rows == 0 && r.session.terminal && !r.session.json)
		puts(l->nothing);
	session_end(&r.session);
	grid_clear(&r.grid);
	free(r.after);
	return rc;
}
