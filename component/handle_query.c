/* Operators ask what there is: requests (from the files, in a worker) and
 * devices (from memory), paged by XEP-0059. */
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
#include "component/queries.h"
#include "component/query.h"
#include "component/resolve.h"
#include "component/rights.h"
#include "component/view.h"

#define LOG_MODULE "query"

#define NS_RSM "http://jabber.org/protocol/rsm"
#define PAGE_ROWS 100
#define PAGE_BYTES (128u * 1024)
/* The worker threads are the disk's, too: few queries at once, few in line. */
#define RUNNING_MAX 2
#define WAITING_MAX 200
#define WAITING_OPERATOR 20

struct pending {
	uv_work_t work;
	struct component *c;
	char *to, *id;
	struct query_filter filter;
	struct query_result result;
	struct pending *prev, *next;
};

struct queries {
	struct pending *waiting;
	unsigned n_waiting, n_running;
};

/* Pages. */

static char *read_page(const struct xml *payload, unsigned *max, const char **after)
{
	const struct xml *set = xml_child(payload, "set", NS_RSM);
	const struct xml *max_el = xml_child(set, "max", NS_RSM);
	const struct xml *after_el = xml_child(set, "after", NS_RSM);

	*max = PAGE_ROWS;
	*after = NULL;
	if (max_el != NULL) {
		int64_t n;
		char *wrong = conf_parse_int(xml_text_of(max_el), 0, INT32_MAX, &n);

		free(wrong);
		if (wrong != NULL)
			return mem_strdup("<max/> is no whole number from 0");
		*max = n < PAGE_ROWS ? (unsigned)n : PAGE_ROWS;
	}
	if (after_el != NULL && *xml_text_of(after_el) != '\0')
		*after = xml_text_of(after_el);
	if (xml_child(set, "before", NS_RSM) != NULL || xml_child(set, "index", NS_RSM) != NULL)
		return mem_strdup("pages go forwards only: <after/>, not <before/> or <index/>");
	return NULL;
}

static void write_set(struct xml_writer *w, const char *first, const char *last)
{
	if (first == NULL)
		return;
	xml_open(w, "set", NS_RSM);
	xml_element(w, "first", NS_RSM, first);
	xml_element(w, "last", NS_RSM, last);
	xml_close(w);
}

/* The attributes that are filters; the first that is none, or NULL. */
static const char *unknown_filter(const struct xml *payload, const char *const *known)
{
	for (const struct xml_attr *a = payload->attrs; a != NULL; a = a->next) {
		const char *const *k = known;

		while (*k != NULL && strcmp(*k, a->name) != 0)
			k++;
		if (*k == NULL && strcmp(a->name, "xml:lang") != 0)
			return a->name;
	}
	return NULL;
}

/* Requests. */

static char *read_time(const struct xml *payload, const char *name, int64_t *wall_ms)
{
	const char *text = xml_get(payload, name);

	if (text == NULL || clock_parse(text, wall_ms))
		return NULL;
	return mem_printf("%s is no XEP-0082 time", name);
}

static char *read_filter(struct query_filter *f, const struct xml *payload)
{
	static const char *const known[] = { "id", "device", "unit", "status", "command", "operator",
	                                     "since", "until", NULL };
	const char *status = xml_get(payload, "status"), *after, *unknown;
	enum request_status parsed;
	char *wrong;

	f->status = -1;
	if ((unknown = unknown_filter(payload, known)) != NULL)
		return mem_printf("there is no filter \"%.64s\"", unknown);
	if (status != NULL && !request_status_parse(status, &parsed))
		return mem_printf("there is no status \"%.64s\"", status);
	if (status != NULL)
		f->status = (int)parsed;
	if ((wrong = read_time(payload, "since", &f->since)) != NULL ||
	    (wrong = read_time(payload, "until", &f->until)) != NULL ||
	    (wrong = read_page(payload, &f->max, &after)) != NULL)
		return wrong;
	if (after != NULL && !uuid7_time(after, NULL))
		return mem_strdup("<after/> holds no request id");
	f->after = mem_strdup(after);
	f->id = mem_strdup(xml_get(payload, "id"));
	f->unit = mem_strdup(xml_get(payload, "unit"));
	f->command = mem_strdup(xml_get(payload, "command"));
	if (xml_get(payload, "device") != NULL)
		f->device = jid_bare(xml_get(payload, "device"));
	if (xml_get(payload, "operator") != NULL)
		f->operator_ = jid_bare(xml_get(payload, "operator"));
	return NULL;
}

static void write_requests(struct xml_writer *w, void *arg)
{
	const struct query_result *result = arg;
	struct xml_writer rows = { 0 };
	const char *last = NULL;
	unsigned i;
	char *text;

	for (i = 0; i < result->n; i++) {
		struct xml_writer row = { 0 };

		view_request(&row, (const char *const *)result->rows[i].columns);
		/* At least one, so that paging goes on. */
		if (i > 0 && rows.len + row.len > PAGE_BYTES) {
			xml_writer_free(&row);
			break;
		}
		text = xml_take(&row, NULL);
		xml_raw(&rows, text);
		free(text);
		last = result->rows[i].columns[REQ_ID];
	}
	xml_open(w, "requests", NS_OPERATION);
	if (result->more || i < result->n)
		xml_attr(w, "more", "true");
	text = xml_take(&rows, NULL);
	xml_raw(w, text);
	free(text);
	write_set(w, result->n > 0 ? result->rows[0].columns[REQ_ID] : NULL, last);
	xml_close(w);
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
		dispatch_answer(c, p->to, p->id, write_requests, &p->result);
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
	wrong = read_filter(&p->filter, call->payload);
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

/* Devices. */

static bool same(const char *wanted, const char *value)
{
	return wanted == NULL || (value != NULL && strcmp(wanted, value) == 0);
}

static const char *fact(const struct device *d, const char *name)
{
	for (size_t i = 0; i < MFP_FACTS; i++) {
		if (strcmp(mfp_fact_names[i], name) == 0)
			return d->facts[i];
	}
	return NULL;
}

static bool device_fits(struct call *call, const struct device *d, const char *jid)
{
	static const char *const by_fact[] = { "model", "manufacturer", "serial" };
	const struct xml *f = call->payload;

	if (!resolve_may_view(call->c, call->bare, d))
		return false;
	for (size_t i = 0; i < sizeof by_fact / sizeof *by_fact; i++) {
		if (!same(xml_get(f, by_fact[i]), fact(d, by_fact[i])))
			return false;
	}
	return same(jid, d->jid) && same(xml_get(f, "unit"), d->unit) &&
	       same(xml_get(f, "online"), d->online ? "true" : "false");
}

static void write_devices(struct call *call, struct xml_writer *w, unsigned max,
                          const char *after)
{
	const char *first = NULL, *last = NULL, *device = xml_get(call->payload, "device");
	char *jid = device == NULL ? NULL : jid_bare(device), *text;
	struct devices *all = &call->c->devices;
	struct xml_writer rows = { 0 };
	bool more = false;
	unsigned n = 0;

	for (size_t i = after == NULL ? 0 : device_after(all, after); i < all->n && !more; i++) {
		struct device *d = all->sorted[i];

		if (!device_fits(call, d, jid))
			continue;
		more = n == max || (n > 0 && rows.len > PAGE_BYTES - 66000);
		if (more)
			break;
		view_device(&rows, d);
		first = n++ == 0 ? d->jid : first;
		last = d->jid;
	}
	xml_open(w, "devices", NS_OPERATION);
	if (more)
		xml_attr(w, "more", "true");
	text = xml_take(&rows, NULL);
	xml_raw(w, text);
	write_set(w, first, last);
	xml_close(w);
	free(text);
	free(jid);
}

struct reply handle_devices(struct call *call, struct xml_writer *w)
{
	static const char *const known[] = { "device", "unit", "online", "model", "manufacturer",
	                                     "serial", NULL };
	const char *after, *unknown = unknown_filter(call->payload, known);
	unsigned max;
	char *wrong = read_page(call->payload, &max, &after);

	if (wrong == NULL && unknown != NULL)
		wrong = mem_printf("there is no filter \"%.64s\"", unknown);
	if (wrong != NULL)
		return reply_error("bad-request", wrong);
	write_devices(call, w, max, after);
	return (struct reply){ .kind = REPLY_RESULT };
}
