#include "component/resolve.h"

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

static bool is_named(const struct device *d, const char *text)
{
	size_t n = strcspn(d->jid, "@");

	if (strlen(text) == n && strncasecmp(d->jid, text, n) == 0)
		return true;
	/* All facts but these say what a device is like, not which it is. */
	for (size_t i = 0; i < MFP_FACTS; i++) {
		static const char *const naming[] = { "serial", "mac", "name", "address", "host" };

		for (size_t k = 0; k < sizeof naming / sizeof *naming; k++) {
			if (strcmp(naming[k], mfp_fact_names[i]) == 0 && d->facts[i] != NULL &&
			    strcasecmp(d->facts[i], text) == 0)
				return true;
		}
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

struct device *resolve_device(struct component *c, const char *operator_, const char *text,
                              enum resolve_among among, struct stanza_error *error)
{
	struct device *found = NULL;
	char *candidates = NULL, *bare = jid_bare(text);
	size_t n = 0;

	found = device_find(&c->devices, bare);
	free(bare);
	if (found != NULL && resolve_may_view(c, operator_, found))
		return found;
	found = NULL;
	for (size_t i = 0; i < c->devices.n; i++) {
		struct device *d = c->devices.sorted[i];

		if ((among == RESOLVE_IN_USE && d->decommissioned != 0) || is_awaited(d))
			continue;
		if (!is_named(d, text) || !resolve_may_view(c, operator_, d))
			continue;
		found = d;
		add_candidate(&candidates, d->jid, n++);
	}
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
