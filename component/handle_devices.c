/* Operators ask which devices there are: from memory, sorted, paged. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/jid.h"
#include "common/mem.h"
#include "component/handle.h"
#include "component/page.h"
#include "component/resolve.h"
#include "component/view.h"
#include "component/warning.h"

/* A row may be as large as three outcomes. */
#define ROW_BYTES 66000

enum sort { SORT_DEVICE, SORT_MODEL, SORT_UNIT, SORT_LOCATION, SORT_SERIAL, SORT_SINCE, SORTS };
static const char *const sort_names[SORTS] = {
	"device", "model", "unit", "location", "serial", "since",
};

/* The question, and the first rows of its page in the order in which it goes. */
struct search {
	const struct call *call;
	enum sort sort;
	struct page page;
	char *jid;                     /* of the filter, or NULL */
	const struct device *from;     /* behind this one; NULL: from the list's end */
	const struct device **best;
	unsigned n, room;
	size_t count;
};

static bool same(const char *wanted, const char *value)
{
	return wanted == NULL || (value != NULL && strcmp(wanted, value) == 0);
}

static bool fits(const char *wanted, bool value)
{
	return same(wanted, value ? "true" : "false");
}

static const char *fact(const struct device *d, const char *name)
{
	for (size_t i = 0; i < MFP_FACTS; i++) {
		if (strcmp(mfp_fact_names[i], name) == 0)
			return d->facts[i];
	}
	return NULL;
}

/* By JID or name, among others of that name: these are to be seen. */
static bool is_wanted(const struct search *s, const struct device *d)
{
	return same(s->jid, d->jid) || resolve_is_named(d, xml_get(s->call->payload, "device"));
}

static bool device_fits(const struct search *s, const struct device *d)
{
	static const char *const by_fact[] = { "model", "manufacturer", "serial" };
	const struct xml *f = s->call->payload;

	if (!resolve_may_view(s->call->c, s->call->bare, d))
		return false;
	for (size_t i = 0; i < sizeof by_fact / sizeof *by_fact; i++) {
		if (!same(xml_get(f, by_fact[i]), fact(d, by_fact[i])))
			return false;
	}
	return is_wanted(s, d) && same(xml_get(f, "unit"), d->unit) &&
	       fits(xml_get(f, "online"), d->online) &&
	       fits(xml_get(f, "decommissioned"), d->decommissioned != 0) &&
	       fits(xml_get(f, "warning"), warning_any(d));
}

/* What a device is sorted by; "" where it has none: these come first. */
static const char *key(const struct device *d, enum sort sort)
{
	const char *value = sort == SORT_DEVICE ? NULL
	                  : sort == SORT_UNIT ? d->unit : fact(d, sort_names[sort]);

	return value == NULL ? "" : value;
}

static int compare(const struct search *s, const struct device *a, const struct device *b)
{
	int order;

	if (s->sort == SORT_SINCE)
		order = (a->since > b->since) - (a->since < b->since);
	else
		order = strcasecmp(key(a, s->sort), key(b, s->sort));
	if (order == 0)
		order = strcmp(a->jid, b->jid);
	return s->page.backwards ? -order : order;
}

/* Keeps it if it is one of the first. */
static void offer(struct search *s, const struct device *d)
{
	unsigned place = s->n;

	if (s->n == s->room && compare(s, d, s->best[s->n - 1]) > 0)
		return;
	if (s->n < s->room)
		s->n++;
	else
		place--;
	for (; place > 0 && compare(s, d, s->best[place - 1]) < 0; place--)
		s->best[place] = s->best[place - 1];
	s->best[place] = d;
}

/* The table is in the order of JIDs: what lies ahead of the page is passed over. */
static size_t begin(const struct search *s, const struct devices *all)
{
	size_t behind;

	if (s->sort != SORT_DEVICE || s->from == NULL)
		return 0;
	behind = device_after(all, s->from->jid);
	return s->page.backwards ? all->n - behind : behind;
}

static void find(struct search *s, const struct devices *all)
{
	for (size_t i = begin(s, all); i < all->n; i++) {
		const struct device *d = all->sorted[s->page.backwards ? all->n - 1 - i : i];

		if (s->from != NULL && compare(s, d, s->from) <= 0)
			continue;
		if (!device_fits(s, d))
			continue;
		s->count++;
		if (s->page.count)
			continue;
		if (s->sort == SORT_DEVICE && s->n == s->room)
			break;
		offer(s, d);
	}
}

static size_t render(const struct search *s, struct page_row *rows)
{
	size_t n = 0, bytes = 0, len;

	for (; n < s->n && n < s->page.max && bytes <= PAGE_BYTES - ROW_BYTES; n++) {
		struct xml_writer w = { 0 };

		view_device(&w, s->call->c, s->call->bare, s->best[n]);
		rows[n] = (struct page_row){ xml_take(&w, &len), s->best[n]->jid };
		bytes += len;
	}
	return n;
}

static void write_devices(const struct search *s, struct xml_writer *w)
{
	struct page_row *rows = mem_zero(s->room, sizeof *rows);
	size_t n = render(s, rows);

	xml_open(w, "devices", NS_OPERATION);
	if (n < s->n)
		xml_attr(w, "more", "true");
	if (s->page.count)
		page_write_count(w, s->count);
	else
		page_write(&s->page, w, rows, n);
	xml_close(w);
	for (size_t i = 0; i < n; i++)
		free(rows[i].text);
	free(rows);
}

static char *read_question(struct search *s)
{
	static const char *const known[] = { "device", "unit", "online", "model", "manufacturer",
	                                     "serial", "decommissioned", "warning", "sort", NULL };
	const struct xml *el = s->call->payload;
	const char *unknown = page_unknown_filter(el, known), *sort = xml_get(el, "sort");

	if (unknown != NULL)
		return mem_printf("there is no filter \"%.64s\"", unknown);
	while (sort != NULL && s->sort < SORTS && strcmp(sort_names[s->sort], sort) != 0)
		s->sort++;
	if (s->sort == SORTS)
		return mem_printf("devices are not sorted by \"%.64s\"", sort);
	return page_read(&s->page, el);
}

struct reply handle_devices(struct call *call, struct xml_writer *w)
{
	struct search s = { .call = call };
	struct device at = { .jid = NULL };
	const char *device = xml_get(call->payload, "device");
	char *wrong = read_question(&s);

	if (wrong != NULL)
		return reply_error("bad-request", wrong);
	if (s.page.from != NULL && s.sort == SORT_DEVICE) {
		at.jid = (char *)s.page.from;
		s.from = &at;
	} else if (s.page.from != NULL && !s.page.count) {
		s.from = device_find(&call->c->devices, s.page.from);
		if (s.from == NULL || !resolve_may_view(call->c, call->bare, s.from))
			return reply_error("item-not-found", mem_strdup("the page begins at no device"));
	}
	if (s.page.count)
		s.from = NULL;
	s.jid = device == NULL ? NULL : jid_bare(device);
	s.room = s.page.max + 1;
	s.best = mem_zero(s.room, sizeof *s.best);
	find(&s, &call->c->devices);
	write_devices(&s, w);
	free(s.best);
	free(s.jid);
	return (struct reply){ .kind = REPLY_RESULT };
}
