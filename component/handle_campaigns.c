/* Operators ask which campaigns there are, and what has become of one's members. What is
 * held is shown as it is, other things from their files. */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/jid.h"
#include "common/mem.h"
#include "component/campaign_query.h"
#include "component/campaign_run.h"
#include "component/campaign_units.h"
#include "component/campaign_view.h"
#include "component/handle.h"
#include "component/listing.h"
#include "component/queries.h"
#include "component/rights.h"
#include "component/unit_count.h"

/* Lists. */

struct question {
	struct component *c;
	struct campaign_filter filter;
	struct days_result result;
};

static char *read_filter(struct campaign_filter *f, const struct xml *payload)
{
	static const char *const known[] = { "id", "status", "command", "operator", "since", "until",
	                                     "order", NULL };
	const char *status = xml_get(payload, "status"), *unknown;
	enum campaign_status parsed;
	char *wrong;

	f->status = -1;
	if ((unknown = page_unknown_filter(payload, known)) != NULL)
		return mem_printf("there is no filter \"%.64s\"", unknown);
	if (status != NULL && !campaign_status_parse(status, &parsed))
		return mem_printf("there is no status \"%.64s\"", status);
	if (status != NULL)
		f->status = (int)parsed;
	if ((wrong = listing_read(&f->span, payload)) != NULL)
		return wrong;
	f->span.id = mem_strdup(xml_get(payload, "id"));
	f->command = mem_strdup(xml_get(payload, "command"));
	if (xml_get(payload, "operator") != NULL)
		f->operator_ = jid_bare(xml_get(payload, "operator"));
	return NULL;
}

static char *run(void *arg, const char *data_directory)
{
	struct question *q = arg;

	campaign_query_run(data_directory, &q->filter, &q->result);
	return mem_strdup(q->result.failed);
}

/* The numbers of those that go on are newer than their rows. */
static void refresh(const struct question *q, struct days_row *row)
{
	const struct campaign *k = campaign_find(&q->c->campaigns, row->columns[CAMP_ID]);
	struct record rec;

	if (k == NULL)
		return;
	campaign_record(k, &rec, clock_wall_ms());
	for (unsigned i = 0; i < CAMP_ARGUMENTS; i++)
		record_get_text(rec.values[i], &row->columns[i]);
}

static void write_campaigns(struct xml_writer *w, void *arg)
{
	static const struct listing campaigns = { "campaigns", NS_OPERATION, campaign_view_row };
	const struct question *q = arg;

	for (unsigned i = 0; i < q->result.n; i++)
		refresh(q, &q->result.rows[i]);
	listing_write(&campaigns, w, &q->filter.span, &q->result);
}

static void free_question(void *arg)
{
	struct question *q = arg;

	campaign_filter_clear(&q->filter);
	days_result_clear(&q->result);
	free(q);
}

struct reply handle_campaigns(struct call *call, struct xml_writer *w)
{
	static const struct queries_kind kind = { "campaigns", run, write_campaigns, free_question };
	struct question *q = mem_zero(1, sizeof *q);
	char *wrong = read_filter(&q->filter, call->payload);

	(void)w;
	if (wrong != NULL) {
		free_question(q);
		return reply_error("bad-request", wrong);
	}
	q->c = call->c;
	q->filter.units = units_with_rights(call->c->units, call->bare,
	                                    rights_needed(RIGHTS_QUESTION, "requests"));
	q->filter.n_units = unit_count_sort(q->filter.units);
	if (q->filter.n_units > 0)
		q->filter.own = mem_strdup(call->bare);
	return queries_add(call, &kind, q);
}

/* One, with its members. */

struct showing {
	struct component *c;
	char id[UUID7_STRING];
	struct days_span span;
	struct days_result result;     /* of what is over */
};

static char *run_members(void *arg, const char *data_directory)
{
	struct showing *s = arg;

	campaign_query_members(data_directory, s->id, &s->span, &s->result);
	return mem_strdup(s->result.failed);
}

static void free_showing(void *arg)
{
	struct showing *s = arg;

	days_span_clear(&s->span);
	days_result_clear(&s->result);
	free(s);
}

/* The place of the page's first member, in the direction in which it goes. */
static size_t first_of(const struct campaign *k, const struct days_span *span)
{
	size_t i;

	if (span->from == NULL)
		return span->backwards ? k->n : 0;
	for (i = 0; i < k->n; i++) {
		int order = strcmp(k->members[i].device->jid, span->from);

		if (order > 0 || (order == 0 && span->backwards))
			break;
	}
	return i;
}

/* Those of what is held, in the order in which they are found. */
static size_t take_held(const struct showing *s, const struct campaign *k, struct page_row *rows,
                        bool *more)
{
	size_t at = first_of(k, &s->span), left = s->span.backwards ? at : k->n - at, n = 0;

	for (; n < left && n < s->span.max; n++) {
		const struct member *m = &k->members[s->span.backwards ? at - 1 - n : at + n];
		struct xml_writer w = { 0 };

		campaign_view_member(&w, s->c, m);
		rows[n] = (struct page_row){ xml_take(&w, NULL), m->device->jid };
	}
	*more = n < left;
	return n;
}

static size_t take_read(const struct showing *s, struct page_row *rows, bool *more)
{
	for (size_t i = 0; i < s->result.n; i++) {
		const char *const *columns = (const char *const *)s->result.rows[i].columns;
		struct xml_writer w = { 0 };

		campaign_view_member_row(&w, columns);
		rows[i] = (struct page_row){ xml_take(&w, NULL), columns[MEMBER_DEVICE] };
	}
	*more = s->result.more;
	return s->result.n;
}

static void write_campaign(struct xml_writer *w, void *arg)
{
	const struct showing *s = arg;
	const struct campaign *k = campaign_run_find(s->c, s->id);
	struct page page = { .backwards = s->span.backwards };
	struct page_row *rows;
	struct record rec;
	bool more;
	size_t n;

	if (k == NULL)
		return;          /* its files have been removed meanwhile */
	rows = mem_zero(s->span.max + 1, sizeof *rows);
	n = k->loaded ? take_held(s, k, rows, &more) : take_read(s, rows, &more);
	campaign_record(k, &rec, clock_wall_ms());
	campaign_view_open(w, rec.values, &(struct campaign_extras){
		.estimate = campaign_run_estimate(k), .more = more && !s->span.count });
	if (s->span.count)
		page_write_count(w, k->loaded ? k->n : s->result.count);
	else
		page_write(&page, w, rows, n);
	xml_close(w);
	for (size_t i = 0; i < n; i++)
		free(rows[i].text);
	free(rows);
}

static char *read_page(struct showing *s, const struct xml *el)
{
	static const char *const known[] = { "id", NULL };
	const char *unknown = page_unknown_filter(el, known);
	struct page page;
	char *wrong;

	if (unknown != NULL)
		return mem_printf("there is no filter \"%.64s\"", unknown);
	if ((wrong = page_read(&page, el)) != NULL)
		return wrong;
	s->span = (struct days_span){ .oldest = true, .backwards = page.backwards, .max = page.max,
	                              .count = page.count,
	                              .from = page.count ? NULL : mem_strdup(page.from) };
	return NULL;
}

struct reply campaign_unknown(const char *id)
{
	return reply_own("item-not-found", "unknown-campaign", NULL,
	                 mem_printf("there is no campaign %.64s in your units", id));
}

static struct reply show(struct call *call, struct xml_writer *w, struct showing *s, const char *id)
{
	static const struct queries_kind kind = { "campaigns", run_members, write_campaign, free_showing };
	const struct campaign *k = campaign_run_find(call->c, id);

	if (k == NULL || campaign_units_missing(k, call->c->units, call->bare,
	                                        rights_needed(RIGHTS_QUESTION, "requests"), NULL) != 0) {
		free_showing(s);
		return campaign_unknown(id);
	}
	s->c = call->c;
	memcpy(s->id, k->id, sizeof s->id);
	if (!k->loaded)
		return queries_add(call, &kind, s);
	write_campaign(w, s);
	free_showing(s);
	return (struct reply){ .kind = REPLY_RESULT };
}

struct reply handle_campaign_show(struct call *call, struct xml_writer *w)
{
	const char *id = xml_get(call->payload, "id");
	struct showing *s = mem_zero(1, sizeof *s);
	char *wrong = id == NULL ? mem_strdup("a campaign is asked for by its id")
	                         : read_page(s, call->payload);

	if (wrong == NULL)
		return show(call, w, s, id);
	free_showing(s);
	return reply_error("bad-request", wrong);
}
