/* Operators ask which devices there are: from memory, sorted, paged. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/clock.h"
#include "common/conf.h"
#include "common/mem.h"
#include "component/handle.h"
#include "component/names.h"
#include "component/optional.h"
#include "component/page.h"
#include "component/resolve.h"
#include "component/rights.h"
#include "component/view.h"
#include "component/warning.h"

/* A row may be as large as three outcomes. */
#define ROW_BYTES 66000
/* A question that looks at no more devices does not count: pages of a whole fleet, one
 * after the other. */
#define WALK_FREE 1000

enum sort { SORT_DEVICE, SORT_MODEL, SORT_UNIT, SORT_LOCATION, SORT_SERIAL, SORT_SINCE, SORTS };
static const char *const sort_names[SORTS] = {
	"device", "model", "unit", "location", "serial", "since",
};

enum { FILTER_MODEL, FILTER_MANUFACTURER, FILTER_SERIAL, FACT_FILTERS };
static const struct { const char *name; unsigned fact; } fact_filters[FACT_FILTERS] = {
	{ "model", FACT_MODEL }, { "manufacturer", FACT_MANUFACTURER }, { "serial", FACT_SERIAL },
};

/* Where a row stands in the list, or stood: by its key, then its JID. */
struct place {
	const char *jid, *key;         /* key "" where there is none: these come first */
	int64_t since;
};

/* The question, and the first rows of its page in the order in which it goes. */
struct search {
	const struct call *call;
	enum sort sort;
	struct page page;
	char **units;                  /* where the operator may view, sorted */
	size_t n_units;
	const char *device, *facts[FACT_FILTERS], *unit, *online, *decommissioned, *warning;
	bool has_from;                 /* behind this one; else from the list's end */
	struct place from;
	char *from_jid;
	const struct device **best;
	unsigned n, room;
	size_t count, walked;
};

static bool fits(const char *wanted, bool value)
{
	return optional_fits(wanted, value ? "true" : "false");
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Once a question: rights are globs, and there are many devices. */
static void find_units(struct search *s)
{
	s->units = units_with_rights(s->call->c->units, s->call->bare,
	                             rights_needed(RIGHTS_QUESTION, "devices"));
	while (s->units[s->n_units] != NULL)
		s->n_units++;
	qsort(s->units, s->n_units, sizeof *s->units, by_name);
}

static bool may_view(const struct search *s, const struct device *d)
{
	const char *unit = device_text(d, DEV_UNIT);

	return unit != NULL && optional_fits(s->unit, unit) &&
	       bsearch(&unit, s->units, s->n_units, sizeof *s->units, by_name) != NULL;
}

static bool device_fits(const struct search *s, const struct device *d)
{
	if (!may_view(s, d))
		return false;
	for (size_t i = 0; i < FACT_FILTERS; i++) {
		if (!optional_fits(s->facts[i], device_fact(d, fact_filters[i].fact)))
			return false;
	}
	return fits(s->online, d->online) && fits(s->decommissioned, d->decommissioned != 0) &&
	       (s->warning == NULL || fits(s->warning, warning_any(&s->call->c->devices, d)));
}

static struct place place_of(const struct device *d, enum sort sort)
{
	static const enum device_column columns[SORTS] = {
		[SORT_MODEL] = DEV_FACTS + FACT_MODEL, [SORT_UNIT] = DEV_UNIT,
		[SORT_LOCATION] = DEV_FACTS + FACT_LOCATION, [SORT_SERIAL] = DEV_FACTS + FACT_SERIAL,
	};
	const char *key = columns[sort] == 0 ? NULL : device_text(d, columns[sort]);

	return (struct place){ d->jid, key == NULL ? "" : key, sort == SORT_SINCE ? d->since : 0 };
}

static int compare_places(const struct search *s, struct place a, struct place b)
{
	int order = (a.since > b.since) - (a.since < b.since);

	if (order == 0)
		order = strcasecmp(a.key, b.key);
	if (order == 0)
		order = strcmp(a.jid, b.jid);
	return s->page.backwards ? -order : order;
}

static int compare(const struct search *s, const struct device *a, const struct device *b)
{
	return compare_places(s, place_of(a, s->sort), place_of(b, s->sort));
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

static void consider(struct search *s, const struct device *d)
{
	s->walked++;
	if (!device_fits(s, d))
		return;
	if (s->has_from && compare_places(s, place_of(d, s->sort), s->from) <= 0)
		return;
	s->count++;
	if (!s->page.count)
		offer(s, d);
}

/* By what names them: all of them are to be seen, but one. */
static void find_named(struct search *s, const char *text, const struct device *but)
{
	const struct device *d;
	struct names_walk walk;

	names_begin(&walk, &s->call->c->devices, text);
	while ((d = names_next(&walk)) != NULL) {
		if (d != but)
			consider(s, d);
	}
}

/* By JID, or by what names them. */
static void find_meant(struct search *s)
{
	const struct device *d = resolve_jid(s->call->c, s->device);

	if (d != NULL)
		consider(s, d);
	find_named(s, s->device, d);
}

/* The table is in the order of JIDs: what lies ahead of the page is passed over. */
static size_t begin(const struct search *s, struct devices *all)
{
	size_t behind;

	if (s->sort != SORT_DEVICE || !s->has_from)
		return 0;
	behind = device_after(all, s->from.jid);
	return s->page.backwards ? all->n - behind : behind;
}

static void find_all(struct search *s, struct devices *all)
{
	struct device *const *sorted = device_sorted(all);

	for (size_t i = begin(s, all); i < all->n; i++) {
		consider(s, sorted[s->page.backwards ? all->n - 1 - i : i]);
		if (s->sort == SORT_DEVICE && s->n == s->room)
			break;
	}
}

/* Where sorted by something that may change, the key as it is now goes with the page. */
static char *id_of(const struct search *s, const struct device *d)
{
	if (s->sort == SORT_DEVICE)
		return mem_strdup(d->jid);
	if (s->sort == SORT_SINCE)
		return mem_printf("%s %lld", d->jid, (long long)d->since);
	return mem_printf("%s %s", d->jid, place_of(d, s->sort).key);
}

static size_t render(const struct search *s, struct page_row *rows)
{
	size_t n = 0, bytes = 0, len;

	for (; n < s->n && n < s->page.max && bytes <= PAGE_BYTES - ROW_BYTES; n++) {
		struct xml_writer w = { 0 };

		view_device(&w, s->call->c, s->call->bare, s->best[n]);
		rows[n] = (struct page_row){ xml_take(&w, &len), id_of(s, s->best[n]) };
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
	for (size_t i = 0; i < n; i++) {
		free(rows[i].text);
		free((char *)rows[i].id);
	}
	free(rows);
}

/* What id_of() has written. */
static char *read_from(struct search *s)
{
	const char *text = s->page.from, *key = text == NULL ? NULL : strchr(text, ' ');
	char *wrong;

	s->has_from = text != NULL && !s->page.count;
	s->from = (struct place){ text, "", 0 };
	if (!s->has_from || s->sort == SORT_DEVICE)
		return NULL;
	if (key != NULL) {
		s->from.jid = s->from_jid = mem_strndup(text, (size_t)(key - text));
		s->from.key = s->sort == SORT_SINCE ? "" : key + 1;
	}
	wrong = s->sort != SORT_SINCE || key == NULL ? NULL
	      : conf_parse_int(key + 1, 0, INT64_MAX, &s->from.since);
	free(wrong);
	return key != NULL && wrong == NULL ? NULL
	     : mem_strdup("a page begins at what is no id of a row");
}

static char *read_question(struct search *s)
{
	static const char *const known[] = { "device", "unit", "online", "model", "manufacturer",
	                                     "serial", "decommissioned", "warning", "sort", NULL };
	const struct xml *el = s->call->payload;
	const char *unknown = page_unknown_filter(el, known), *sort = xml_get(el, "sort");
	char *wrong;

	if (unknown != NULL)
		return mem_printf("there is no filter \"%.64s\"", unknown);
	while (sort != NULL && s->sort < SORTS && strcmp(sort_names[s->sort], sort) != 0)
		s->sort++;
	if (s->sort == SORTS)
		return mem_printf("devices are not sorted by \"%.64s\"", sort);
	for (size_t i = 0; i < FACT_FILTERS; i++)
		s->facts[i] = xml_get(el, fact_filters[i].name);
	s->device = xml_get(el, "device");
	s->unit = xml_get(el, "unit");
	s->online = xml_get(el, "online");
	s->decommissioned = xml_get(el, "decommissioned");
	s->warning = xml_get(el, "warning");
	wrong = page_read(&s->page, el);
	return wrong != NULL ? wrong : read_from(s);
}

static void answer(struct search *s, struct xml_writer *w)
{
	const char *serial = s->facts[FILTER_SERIAL];

	s->room = s->page.max + 1;
	s->best = mem_zero(s->room, sizeof *s->best);
	find_units(s);
	if (s->device != NULL)
		find_meant(s);
	else if (serial != NULL && names_is_name(serial))
		find_named(s, serial, NULL);
	else
		find_all(s, &s->call->c->devices);
	write_devices(s, w);
	conf_list_free(s->units);
	free(s->best);
}

struct reply handle_devices(struct call *call, struct xml_writer *w)
{
	struct search s = { .call = call };
	struct reply reply = { .kind = REPLY_RESULT };
	int64_t now = clock_mono_ms();
	struct bucket *b = &quota_of(&call->c->quotas, call->bare, call->c->config.submits_operator,
	                             now)->questions;
	char *wrong = read_question(&s);

	if (wrong != NULL)
		reply = reply_error("bad-request", wrong);
	else if (!bucket_has(b, QUOTA_QUESTIONS, now))
		reply = reply_limit("queries", quota_questions_text(call->bare));
	else
		answer(&s, w);
	if (s.walked > WALK_FREE)
		bucket_take(b);
	free(s.from_jid);
	return reply;
}
