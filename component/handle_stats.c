/* Operators ask how many requests came to which end, and how fast: from the files, paged. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "component/handle.h"
#include "component/listing.h"
#include "component/queries.h"
#include "component/resolve.h"
#include "component/rights.h"
#include "component/stats_query.h"

/* Where a row stands in the list, or stood. */
struct place {
	uint64_t requests;
	char *key;                         /* NULL: the row of what has none of its own */
};

struct question {
	struct stats_filter filter;
	struct page page;
	bool has_from;
	struct place from;
	struct tally tally;
	struct tally_row **rows;           /* sorted */
	size_t n;
};

static char *read_by(struct stats_filter *f, const char *by)
{
	static const struct { const char *name; enum request_column column; } known[] = {
		{ "command", REQ_COMMAND }, { "unit", REQ_UNIT }, { "device", REQ_DEVICE },
	};

	f->by = REQ_COMMAND;
	if (by == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (strcmp(known[i].name, by) == 0) {
			f->by = known[i].column;
			return NULL;
		}
	}
	return mem_printf("stats are by command, unit or device, not by \"%.64s\"", by);
}

/* "REQUESTS KEY", or "-" for the last row of a list with too many keys. */
static bool read_place(struct place *p, const char *text)
{
	size_t n = strspn(text, "0123456789");

	if (strcmp(text, "-") == 0)
		return true;
	if (n == 0 || n > 18 || text[n] != ' ')
		return false;
	p->requests = strtoull(text, NULL, 10);
	p->key = mem_strdup(text + n + 1);
	return true;
}

static char *read_page(struct question *q, const struct xml *payload)
{
	char *wrong = page_read(&q->page, payload);
	const char *from = q->page.from;

	q->page.from = NULL;
	if (wrong != NULL || from == NULL || q->page.count)
		return wrong;
	q->has_from = true;
	return read_place(&q->from, from) ? NULL
	                                  : mem_strdup("a page begins at what is no id of a row");
}

static char *read_question(struct question *q, const struct xml *payload)
{
	static const char *const known[] = { "by", "unit", "device", "command", "since", "until",
	                                     NULL };
	const char *unknown = page_unknown_filter(payload, known);
	struct days_span times = { 0 };
	char *wrong;

	if (unknown != NULL)
		return mem_printf("there is no filter \"%.64s\"", unknown);
	if ((wrong = read_by(&q->filter, xml_get(payload, "by"))) != NULL ||
	    (wrong = listing_read_times(&times, payload)) != NULL)
		return wrong;
	q->filter.since = times.since;
	q->filter.until = times.until;
	q->filter.unit = mem_strdup(xml_get(payload, "unit"));
	q->filter.command = mem_strdup(xml_get(payload, "command"));
	return read_page(q, payload);
}

static char *run(void *arg, const char *data_directory)
{
	struct question *q = arg;
	char *failed = stats_query_run(data_directory, &q->filter, &q->tally);

	if (failed == NULL)
		q->n = tally_sort(&q->tally, &q->rows);
	return failed;
}

/* The answer. */

static void attr_time(struct xml_writer *w, const char *name, int64_t ms)
{
	if (ms >= 0)
		xml_attr_int(w, name, ms);
}

static char *row_text(const struct tally_row *row)
{
	static const enum request_status ends[] = { RESPONDED, FAILED, REFUSED, UNKNOWN, EXPIRED,
	                                            NO_RESPONSE, CANCELLED };
	struct xml_writer w = { 0 };
	uint64_t open = row->requests;

	xml_open(&w, "row", NS_OPERATION);
	xml_attr(&w, "key", row->key);
	xml_attr_int(&w, "requests", (int64_t)row->requests);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		xml_attr_int(&w, request_status_name(ends[i]), (int64_t)row->n[ends[i]]);
		open -= row->n[ends[i]];
	}
	xml_attr_int(&w, "open", (int64_t)open);
	attr_time(&w, "p50", tally_percentile(row, 50));
	attr_time(&w, "p90", tally_percentile(row, 90));
	attr_time(&w, "p99", tally_percentile(row, 99));
	attr_time(&w, "max", row->times > 0 ? row->max : -1);
	xml_close(&w);
	return xml_take(&w, NULL);
}

static char *id_text(const struct tally_row *row)
{
	return row->key == NULL ? mem_strdup("-") : mem_printf("%" PRIu64 " %s", row->requests, row->key);
}

/* Of the page's rows the i-th as it is filled, or NULL: there are no more. */
static const struct tally_row *row_at(const struct question *q, size_t begin, size_t i)
{
	if (q->page.backwards)
		return i < begin ? q->rows[begin - 1 - i] : NULL;
	return begin + i < q->n ? q->rows[begin + i] : NULL;
}

/* The first row behind where the page begins, or with it when the page goes backwards. */
static size_t find_begin(const struct question *q)
{
	size_t i = 0;

	if (!q->has_from)
		return q->page.backwards ? q->n : 0;
	for (; i < q->n; i++) {
		int order = tally_compare(q->rows[i]->requests, q->rows[i]->key, q->from.requests,
		                          q->from.key);

		if (order > 0 || (order == 0 && q->page.backwards))
			break;
	}
	return i;
}

static size_t render(const struct question *q, struct page_row *rows, char **ids, bool *more)
{
	size_t begin = find_begin(q), n = 0, bytes = 0;
	const struct tally_row *row;

	for (; n < q->page.max && bytes < PAGE_BYTES && (row = row_at(q, begin, n)) != NULL; n++) {
		ids[n] = id_text(row);
		rows[n] = (struct page_row){ row_text(row), ids[n] };
		bytes += strlen(rows[n].text);
	}
	*more = row_at(q, begin, n) != NULL;
	return n;
}

static void write_rows(struct xml_writer *w, const struct question *q)
{
	struct page_row rows[PAGE_ROWS] = { 0 };
	char *ids[PAGE_ROWS];
	bool more;
	size_t n = render(q, rows, ids, &more);

	if (more)
		xml_attr(w, "more", "true");
	page_write(&q->page, w, rows, n);
	for (size_t i = 0; i < n; i++) {
		free(rows[i].text);
		free(ids[i]);
	}
}

static void write_stats(struct xml_writer *w, void *arg)
{
	const struct question *q = arg;

	xml_open(w, "stats", NS_OPERATION);
	if (q->page.count)
		page_write_count(w, q->n);
	else
		write_rows(w, q);
	xml_close(w);
}

static void free_question(void *arg)
{
	struct question *q = arg;

	stats_filter_clear(&q->filter);
	tally_clear(&q->tally);
	free(q->from.key);
	free(q->rows);
	free(q);
}

struct reply handle_stats(struct call *call, struct xml_writer *w)
{
	static const struct queries_kind kind = { "requests", run, write_stats, free_question };
	struct question *q = mem_zero(1, sizeof *q);
	struct stanza_error error = { .condition = "bad-request",
	                              .text = read_question(q, call->payload) };

	(void)w;
	if (error.text != NULL || !resolve_filter(call->c, call->bare, xml_get(call->payload, "device"),
	                                          &q->filter.device, &error)) {
		free_question(q);
		return (struct reply){ .kind = REPLY_ERROR, .error = error };
	}
	q->filter.stop = queries_stop_flag(call->c);
	q->filter.units = units_with_rights(call->c->units, call->bare,
	                                    rights_needed(RIGHTS_QUESTION, "stats"));
	return queries_add_long(call, &kind, q);
}
