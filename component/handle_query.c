/* Operators ask which requests there are: from the files, in a worker, paged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <utlist.h>

#include "common/clock.h"
#include "common/conf.h"
#include "common/jid.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/handle.h"
#include "component/page.h"
#include "component/queries.h"
#include "component/query.h"
#include "component/resolve.h"
#include "component/rights.h"
#include "component/view.h"

#define LOG_MODULE "query"

/* The worker threads are the disk's, too: few queries at once, few in line. */
#define RUNNING_MAX 2
#define WAITING_MAX 200
#define WAITING_OPERATOR 20

struct pending {
	uv_work_t work;
	struct component *c;
	char *to, *id;
	struct page page;                  /* its from is in the filter */
	struct query_filter filter;
	struct query_result result;
	struct pending *prev, *next;
};

struct queries {
	struct pending *waiting;
	unsigned n_waiting, n_running;
};

static char *read_time(const struct xml *payload, const char *name, int64_t *wall_ms)
{
	const char *text = xml_get(payload, name);

	if (text == NULL || clock_parse(text, wall_ms))
		return NULL;
	return mem_printf("%s is no XEP-0082 time", name);
}

static char *read_order(struct query_filter *f, const struct xml *payload)
{
	const char *order = xml_get(payload, "order");

	f->oldest = order != NULL && strcmp(order, "oldest") == 0;
	if (order == NULL || f->oldest || strcmp(order, "newest") == 0)
		return NULL;
	return mem_printf("the order is newest or oldest, not \"%.64s\"", order);
}

/* The page as the filter has it: only of rows is there one. */
static char *take_page(struct query_filter *f, struct page *p, const struct xml *payload)
{
	char *wrong = page_read(p, payload);

	if (wrong != NULL)
		return wrong;
	if (p->from != NULL && !uuid7_time(p->from, NULL))
		return mem_strdup("a page begins at what is no id of a request");
	f->from = p->count ? NULL : mem_strdup(p->from);
	f->backwards = p->backwards;
	f->count = p->count;
	f->max = p->max;
	p->from = NULL;
	return NULL;
}

static char *read_filter(struct query_filter *f, struct page *p, const struct xml *payload)
{
	static const char *const known[] = { "id", "device", "unit", "status", "command", "operator",
	                                     "since", "until", "order", NULL };
	const char *status = xml_get(payload, "status"), *unknown;
	enum request_status parsed;
	char *wrong;

	f->status = -1;
	if ((unknown = page_unknown_filter(payload, known)) != NULL)
		return mem_printf("there is no filter \"%.64s\"", unknown);
	if (status != NULL && !request_status_parse(status, &parsed))
		return mem_printf("there is no status \"%.64s\"", status);
	if (status != NULL)
		f->status = (int)parsed;
	if ((wrong = read_time(payload, "since", &f->since)) != NULL ||
	    (wrong = read_time(payload, "until", &f->until)) != NULL ||
	    (wrong = read_order(f, payload)) != NULL ||
	    (wrong = take_page(f, p, payload)) != NULL)
		return wrong;
	f->id = mem_strdup(xml_get(payload, "id"));
	f->unit = mem_strdup(xml_get(payload, "unit"));
	f->command = mem_strdup(xml_get(payload, "command"));
	if (xml_get(payload, "device") != NULL)
		f->device = jid_bare(xml_get(payload, "device"));
	if (xml_get(payload, "operator") != NULL)
		f->operator_ = jid_bare(xml_get(payload, "operator"));
	return NULL;
}

/* At least one row, so that paging goes on. */
static size_t render(const struct query_result *result, struct page_row *rows)
{
	size_t n = 0, bytes = 0, len;

	for (; n < result->n; n++) {
		struct xml_writer w = { 0 };
		char *text;

		view_request(&w, (const char *const *)result->rows[n].columns);
		text = xml_take(&w, &len);
		bytes += len;
		if (n > 0 && bytes > PAGE_BYTES) {
			free(text);
			break;
		}
		rows[n] = (struct page_row){ text, result->rows[n].columns[REQ_ID] };
	}
	return n;
}

static void write_requests(struct xml_writer *w, void *arg)
{
	const struct pending *p = arg;
	struct page_row *rows = mem_zero(p->result.n + 1, sizeof *rows);
	size_t n = render(&p->result, rows);

	xml_open(w, "requests", NS_OPERATION);
	if (p->result.more || n < p->result.n)
		xml_attr(w, "more", "true");
	if (p->page.count)
		page_write_count(w, p->result.count);
	else
		page_write(&p->page, w, rows, n);
	xml_close(w);
	for (size_t i = 0; i < n; i++)
		free(rows[i].text);
	free(rows);
}

static void free_pending(struct pending *p)
{
	query_filter_clear(&p->filter);
	query_result_clear(&p->result);
	free(p->to);
	free(p->id);
	free(p);
}

static void run_waiting(struct component *c);

static void do_work(uv_work_t *work)
{
	struct pending *p = work->data;

	query_run(p->c->config.data_directory, &p->filter, &p->result);
}

static void work_done(uv_work_t *work, int status)
{
	struct pending *p = work->data;
	struct component *c = p->c;

	c->queries->n_running--;
	if (c->stopping) {
		free_pending(p);
		return;
	}
	if (status == 0 && p->result.failed == NULL) {
		dispatch_answer(c, p->to, p->id, write_requests, p);
	} else {
		log_warn("query failed: %s", status == 0 ? p->result.failed : uv_strerror(status));
		dispatch_refuse(c, p->to, p->id, (struct stanza_error){
			.condition = "internal-server-error",
			.text = mem_strdup("the files of requests could not be read") });
	}
	free_pending(p);
	run_waiting(c);
}

static void run_waiting(struct component *c)
{
	struct queries *q = c->queries;

	while (q->waiting != NULL && q->n_running < RUNNING_MAX) {
		struct pending *p = q->waiting;

		DL_DELETE(q->waiting, p);
		q->n_waiting--;
		q->n_running++;
		p->work.data = p;
		uv_queue_work(c->loop, &p->work, do_work, work_done);
	}
}

/* How many queries of one operator are in line. */
static unsigned waiting_of(const struct queries *q, const char *bare)
{
	size_t len = strlen(bare);
	const struct pending *p;
	unsigned n = 0;

	DL_FOREACH(q->waiting, p)
		n += strncasecmp(p->to, bare, len) == 0 && p->to[len] == '/';
	return n;
}

struct reply handle_requests(struct call *call, struct xml_writer *w)
{
	struct component *c = call->c;
	struct pending *p;
	char *wrong;

	(void)w;
	if (c->queries->n_waiting >= WAITING_MAX || waiting_of(c->queries, call->bare) >= WAITING_OPERATOR)
		return reply_limit("queries", mem_strdup("too many queries at once"));
	p = mem_zero(1, sizeof *p);
	wrong = read_filter(&p->filter, &p->page, call->payload);
	if (wrong != NULL) {
		free_pending(p);
		return reply_error("bad-request", wrong);
	}
	p->filter.units = units_with_rights(c->units, call->bare,
	                                    rights_needed(RIGHTS_QUESTION, "requests"));
	p->c = c;
	p->to = mem_strdup(call->from);
	p->id = mem_strdup(call->id);
	DL_APPEND(c->queries->waiting, p);
	c->queries->n_waiting++;
	run_waiting(c);
	return (struct reply){ .kind = REPLY_LATER };
}

void queries_new(struct component *c)
{
	c->queries = mem_zero(1, sizeof *c->queries);
}

void queries_free(struct component *c)
{
	struct pending *p, *next;

	if (c->queries == NULL)
		return;
	DL_FOREACH_SAFE(c->queries->waiting, p, next)
		free_pending(p);
	free(c->queries);
	c->queries = NULL;
}
