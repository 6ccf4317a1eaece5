#include "component/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "common/jid.h"
#include "common/mem.h"
#include "component/names.h"
#include "component/rights.h"

#define CANDIDATES 5
#define BLANKS " \t\n\v\f\r"

bool resolve_may_view(const struct component *c, const char *operator_, const struct device *d)
{
	unsigned needed = rights_needed(RIGHTS_QUESTION, "devices");

	const char *unit = device_text(d, DEV_UNIT);

	return unit != NULL && (units_rights(c->units, operator_, unit) & needed) == needed;
}

/* Till then its names are those of the old account. */
bool resolve_is_awaited(const struct component *c, const struct device *d)
{
	const struct device *old = d->since != 0 ? NULL
	                         : device_linked(&c->devices, d, DEV_PREDECESSOR);

	return old != NULL && old->decommissioned == 0;
}

const char *resolve_visible(const struct component *c, const char *operator_, const char *jid)
{
	const struct device *d = jid == NULL ? NULL : device_find(&c->devices, jid);

	return d != NULL && resolve_may_view(c, operator_, d) ? d->jid : NULL;
}

/* By what names a device: how many there are, the first ones by JID. */
struct found {
	struct device *devices[CANDIDATES + 1];
	size_t n;
};

static void add_found(struct found *f, struct device *d)
{
	size_t place = f->n++;

	for (; place > 0 && strcmp(d->jid, f->devices[place - 1]->jid) < 0; place--)
		f->devices[place] = f->devices[place - 1];
	f->devices[place] = d;
}

/* operator_: who must be able to view it, or NULL. Beyond CANDIDATES nobody counts. */
static void find_named(struct found *f, const struct component *c, const char *operator_,
                       const char *text, enum resolve_among among)
{
	const char *unit = NULL;
	struct names_walk walk;
	bool may = false;
	struct device *d;

	f->n = 0;
	names_begin(&walk, &c->devices, text);
	while (f->n <= CANDIDATES && (d = names_next(&walk)) != NULL) {
		if ((among == RESOLVE_IN_USE && d->decommissioned != 0) || resolve_is_awaited(c, d))
			continue;
		/* Of many with one name neighbours are mostly of one unit. */
		if (operator_ != NULL && (unit == NULL || !device_has(d, DEV_UNIT, unit)))
			may = resolve_may_view(c, operator_, d);
		unit = device_text(d, DEV_UNIT);
		if (operator_ == NULL || may)
			add_found(f, d);
	}
}

static char *list_found(const struct found *f)
{
	char *list = mem_strdup(f->devices[0]->jid), *longer;

	for (size_t i = 1; i < f->n; i++) {
		longer = mem_printf("%s, %s", list, i == CANDIDATES ? "…" : f->devices[i]->jid);
		free(list);
		list = longer;
	}
	return list;
}

struct device *resolve_jid(const struct component *c, const char *text)
{
	char *trimmed = mem_strdup(text + strspn(text, BLANKS)), *bare;
	size_t n = strlen(trimmed);
	struct device *d;

	while (n > 0 && strchr(BLANKS, trimmed[n - 1]) != NULL)
		trimmed[--n] = '\0';
	bare = jid_bare(trimmed);
	d = device_find(&c->devices, bare);
	free(trimmed);
	free(bare);
	return d;
}

struct device *resolve_device(struct component *c, const char *operator_, const char *text,
                              enum resolve_among among, struct stanza_error *error)
{
	struct device *d = resolve_jid(c, text);
	struct found f;
	char *candidates;

	if (d != NULL && resolve_may_view(c, operator_, d))
		return d;
	find_named(&f, c, operator_, text, among);
	if (f.n == 0 && among == RESOLVE_IN_USE)
		find_named(&f, c, operator_, text, RESOLVE_ALL);
	if (f.n == 1)
		return f.devices[0];
	error->condition = f.n == 0 ? "item-not-found" : "conflict";
	error->app_condition = f.n == 0 ? "unknown-device" : "ambiguous-device";
	if (f.n == 0) {
		error->text = mem_printf("there is no device %.256s in your units", text);
		return NULL;
	}
	candidates = list_found(&f);
	error->text = mem_printf("%.256s may be %s", text, candidates);
	free(candidates);
	return NULL;
}

bool resolve_filter(struct component *c, const char *operator_, const char *text, char **jid,
                    struct stanza_error *error)
{
	struct stanza_error e = { 0 };
	struct device *d = text == NULL ? NULL : resolve_device(c, operator_, text, RESOLVE_ALL, &e);

	*jid = d != NULL ? mem_strdup(d->jid) : NULL;
	if (text == NULL || d != NULL)
		return true;
	if (strcmp(e.condition, "conflict") == 0) {
		*error = e;
		return false;
	}
	free(e.text);
	*jid = jid_bare(text);
	return true;
}

struct device *resolve_any(struct component *c, const char *text)
{
	struct device *d = resolve_jid(c, text);
	struct found f;

	if (d != NULL)
		return d;
	find_named(&f, c, NULL, text, RESOLVE_ALL);
	return f.n == 1 ? f.devices[0] : NULL;
}
