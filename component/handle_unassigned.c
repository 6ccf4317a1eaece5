/* Who presents itself as a device and is none: asked by administrators, and asked
 * whether it is still there when it has got a unit. */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/conf.h"
#include "common/mem.h"
#include "component/handle.h"
#include "component/page.h"
#include "component/presence.h"
#include "component/resolve.h"
#include "component/rights.h"
#include "component/unassigned.h"

static const char *const reasons[] = {
	[UNASSIGNED_NO_UNIT] = "no-unit", [UNASSIGNED_DECOMMISSIONED] = "decommissioned",
};

static bool may_ask(const struct call *call)
{
	char **units = units_with_rights(call->c->units, call->bare,
	                                 rights_needed(RIGHTS_ANYWHERE, "unassigned"));
	bool may = *units != NULL;

	conf_list_free(units);
	return may;
}

/* What was a device of a unit stays that unit's own matter. */
static bool may_view(const struct call *call, const struct unassigned_entry *e)
{
	const struct device *d = device_find(&call->c->devices, e->jid);

	return d == NULL || device_text(d, DEV_UNIT) == NULL || resolve_may_view(call->c, call->bare, d);
}

static int by_jid(const void *a, const void *b)
{
	const struct unassigned_entry *const *x = a, *const *y = b;

	return strcmp((*x)->jid, (*y)->jid);
}

/* Those that the operator may see, in the order of JIDs; the caller frees it. */
static const struct unassigned_entry **list(const struct call *call, size_t *n)
{
	struct unassigned_entry *e, *all = call->c->unassigned.by_jid;
	const struct unassigned_entry **rows = mem_zero(HASH_COUNT(all) + 1, sizeof *rows);

	*n = 0;
	for (e = all; e != NULL; e = e->hh.next) {
		if (may_view(call, e))
			rows[(*n)++] = e;
	}
	qsort(rows, *n, sizeof *rows, by_jid);
	return rows;
}

static void attr_time(struct xml_writer *w, const char *name, int64_t wall_ms)
{
	char text[CLOCK_STRING];

	xml_attr(w, name, clock_format(wall_ms, text));
}

static char *row_text(const struct unassigned_entry *e, size_t *len)
{
	struct xml_writer w = { 0 };

	xml_open(&w, "device", NS_DEVICE);
	xml_attr(&w, "device", e->jid);
	attr_time(&w, "first", e->first);
	attr_time(&w, "last", e->last);
	xml_attr_int(&w, "times", (int64_t)e->times);
	xml_attr(&w, "reason", reasons[e->reason]);
	for (size_t i = 0; i < MFP_FACTS; i++)
		xml_attr(&w, mfp_fact_names[i], e->facts[i]);
	xml_attr(&w, "client", e->client);
	xml_close(&w);
	return xml_take(&w, len);
}

/* The page's rows, in the order in which it goes; at least one, so that paging goes
 * on. How many; *more: there are others behind them. */
static size_t render(const struct page *p, const struct unassigned_entry **all, size_t n_all,
                     struct page_row *rows, bool *more)
{
	size_t n = 0, bytes = 0, len;

	*more = false;
	for (size_t i = 0; i < n_all; i++) {
		const struct unassigned_entry *e = all[p->backwards ? n_all - 1 - i : i];
		int order = p->from == NULL ? 0 : strcmp(e->jid, p->from);

		if (p->from != NULL && (p->backwards ? order >= 0 : order <= 0))
			continue;
		*more = n == p->max || bytes > PAGE_BYTES / 2;
		if (*more)
			break;
		rows[n] = (struct page_row){ row_text(e, &len), e->jid };
		bytes += len;
		n++;
	}
	return n;
}

static void write_page(const struct page *p, const struct unassigned_entry **all, size_t n_all,
                       struct xml_writer *w)
{
	struct page_row rows[PAGE_ROWS];
	bool more = false;
	size_t n = p->count ? 0 : render(p, all, n_all, rows, &more);

	xml_open(w, "unassigned", NS_DEVICE);
	if (more)
		xml_attr(w, "more", "true");
	if (p->count)
		page_write_count(w, n_all);
	else
		page_write(p, w, rows, n);
	xml_close(w);
	for (size_t i = 0; i < n; i++)
		free(rows[i].text);
}

struct reply handle_unassigned(struct call *call, struct xml_writer *w)
{
	static const char *const known[] = { NULL };
	const char *unknown = page_unknown_filter(call->payload, known);
	const struct unassigned_entry **rows;
	int64_t now = clock_mono_ms();
	struct bucket *b;
	struct page page;
	char *wrong;
	size_t n;

	if (!may_ask(call))
		return reply_own("forbidden", "missing-right", "admin",
		                 mem_strdup("unassigned needs the right \"admin\" in any unit"));
	if (unknown != NULL)
		return reply_error("bad-request", mem_printf("there is no filter \"%.64s\"", unknown));
	wrong = page_read(&page, call->payload);
	if (wrong != NULL)
		return reply_error("bad-request", wrong);
	b = &quota_of(&call->c->quotas, call->bare, call->c->config.submits_operator, now)->questions;
	if (!bucket_has(b, QUOTA_QUESTIONS, now))
		return reply_limit("queries", quota_questions_text(call->bare));
	bucket_take(b);
	rows = list(call, &n);
	write_page(&page, rows, n, w);
	free(rows);
	return (struct reply){ .kind = REPLY_RESULT };
}

bool handle_unassigned_answer(struct call *call, bool is_error, const char *cut)
{
	struct component *c = call->c;
	const struct device *d = device_find(&c->devices, call->bare);

	if (!unassigned_is_question(call->id))
		return false;
	if (unassigned_answer(&c->unassigned, call->from, call->bare, call->id) == NULL)
		return true;
	if (is_error || cut != NULL || !xml_is(call->payload, "device", NS_DEVICE) ||
	    !(call->who & WHO_DEVICE) || (d != NULL && d->decommissioned != 0))
		return true;
	presence_arrived(c, call->bare, call->from, call->payload, true);
	return true;
}
