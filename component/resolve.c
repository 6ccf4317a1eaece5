#include "component/resolve.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/jid.h"
#include "common/mem.h"
#include "component/rights.h"

#define CANDIDATES 5

bool resolve_may_view(const struct component *c, const char *operator_, const struct device *d)
{
	unsigned needed = rights_needed(RIGHTS_QUESTION, "devices");

	return d->unit != NULL &&
	       (units_rights(c->units, operator_, d->unit) & needed) == needed;
}

/* Facts that say which device it is; all others what it is like. */
static bool is_naming(const char *fact)
{
	static const char *const naming[] = { "serial", "mac", "name", "address", "host" };
	size_t i = 0, n = sizeof naming / sizeof *naming;

	while (i < n && strcmp(naming[i], fact) != 0)
		i++;
	return i < n;
}

static const char *skip_separators(const char *mac)
{
	return mac + strspn(mac, ":-. ");
}

/* 02:00:5e:10:00:01, 02-00-5E-10-00-01 and 02005e.100001 are one address. */
static bool is_same_mac(const char *a, const char *b)
{
	for (;; a++, b++) {
		a = skip_separators(a);
		b = skip_separators(b);
		if (*a == '\0' || *b == '\0')
			return *a == *b;
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
	}
}

bool resolve_is_named(const struct device *d, const char *text)
{
	size_t n = strcspn(d->jid, "@");

	if (*text == '\0')
		return false;
	if (strlen(text) == n && strncasecmp(d->jid, text, n) == 0)
		return true;
	for (size_t i = 0; i < MFP_FACTS; i++) {
		const char *fact = d->facts[i];

		if (fact == NULL || !is_naming(mfp_fact_names[i]))
			continue;
		if (strcasecmp(fact, text) == 0 ||
		    (strcmp(mfp_fact_names[i], "mac") == 0 && is_same_mac(fact, text)))
			return true;
	}
	return false;
}

/* Renamed to, and not there yet: till then its names are those of the old account. */
static bool is_awaited(const struct device *d)
{
	return d->predecessor != NULL && d->since == 0;
}

static void add_candidate(char **list, const char *jid, size_t n)
{
	char *longer;

	if (n > CANDIDATES)
		return;
	longer = n == CANDIDATES ? mem_printf("%s, …", *list)
	       : *list == NULL ? mem_strdup(jid) : mem_printf("%s, %s", *list, jid);
	free(*list);
	*list = longer;
}

/* By what names a device; the last one found, and how many are in *n. operator_:
 * who must be able to view it, or NULL. candidates (may be NULL): their JIDs. */
static struct device *find_named(struct component *c, const char *operator_, const char *text,
                                 enum resolve_among among, char **candidates, size_t *n)
{
	struct device *found = NULL;

	*n = 0;
	for (size_t i = 0; i < c->devices.n; i++) {
		struct device *d = c->devices.sorted[i];

		if ((among == RESOLVE_IN_USE && d->decommissioned != 0) || is_awaited(d))
			continue;
		if (!resolve_is_named(d, text) || (operator_ != NULL && !resolve_may_view(c, operator_, d)))
			continue;
		found = d;
		if (candidates != NULL)
			add_candidate(candidates, d->jid, *n);
		++*n;
	}
	return found;
}

static struct device *find_jid(struct component *c, const char *text)
{
	char *bare = jid_bare(text);
	struct device *d = device_find(&c->devices, bare);

	free(bare);
	return d;
}

struct device *resolve_device(struct component *c, const char *operator_, const char *text,
                              enum resolve_among among, struct stanza_error *error)
{
	struct device *found = find_jid(c, text);
	char *candidates = NULL;
	size_t n;

	if (found != NULL && resolve_may_view(c, operator_, found))
		return found;
	found = find_named(c, operator_, text, among, &candidates, &n);
	if (n == 0 && among == RESOLVE_IN_USE)
		found = find_named(c, operator_, text, RESOLVE_ALL, &candidates, &n);
	if (n != 1) {
		error->condition = n == 0 ? "item-not-found" : "conflict";
		error->app_condition = n == 0 ? "unknown-device" : "ambiguous-device";
		error->text = n == 0 ? mem_printf("there is no device %.256s in your units", text)
		                     : mem_printf("%.256s may be %s", text, candidates);
		found = NULL;
	}
	free(candidates);
	return found;
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
	struct device *found = find_jid(c, text);
	size_t n;

	if (found != NULL)
		return found;
	found = find_named(c, NULL, text, RESOLVE_ALL, NULL, &n);
	return n == 1 ? found : NULL;
}
