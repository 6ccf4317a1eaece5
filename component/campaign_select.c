#include "component/campaign_select.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/conf.h"
#include "common/jid.h"
#include "common/mem.h"
#include "component/command.h"
#include "component/optional.h"
#include "component/page.h"
#include "component/resolve.h"
#include "component/unit_count.h"

char *campaign_select_read(struct campaign_selection *s, const struct xml *el)
{
	static const char *const known[] = { "unit", "model", "manufacturer", "firmware", "domain",
	                                     "device", "online", NULL };
	const char *unknown = page_unknown_filter(el, known), *glob = xml_get(el, "device");

	memset(s, 0, sizeof *s);
	if (unknown != NULL)
		return mem_printf("devices are not selected by \"%.64s\"", unknown);
	s->unit = xml_get(el, "unit");
	s->model = xml_get(el, "model");
	s->manufacturer = xml_get(el, "manufacturer");
	s->firmware = xml_get(el, "firmware");
	s->domain = xml_get(el, "domain");
	s->online = xml_get(el, "online");
	/* All devices there are is to be said, by a glob, and not what is left when a word is. */
	if (el->attrs == NULL)
		return mem_strdup("a selection says which devices");
	if (s->online != NULL && strcmp(s->online, "true") != 0 && strcmp(s->online, "false") != 0)
		return mem_strdup("online is true or false");
	/* As units.conf has them. */
	if (glob != NULL)
		s->glob = strchr(glob, '/') != NULL ? mem_strdup(glob) : jid_bare(glob);
	return NULL;
}

char *campaign_select_text(const struct campaign_selection *s)
{
	struct xml_writer w = { 0 };

	xml_open(&w, "select", NS_OPERATION);
	xml_attr(&w, "unit", s->unit);
	xml_attr(&w, "model", s->model);
	xml_attr(&w, "manufacturer", s->manufacturer);
	xml_attr(&w, "firmware", s->firmware);
	xml_attr(&w, "domain", s->domain);
	xml_attr(&w, "device", s->glob);
	xml_attr(&w, "online", s->online);
	xml_close(&w);
	return xml_take(&w, NULL);
}

void campaign_select_clear(struct campaign_selection *s)
{
	free(s->glob);
	s->glob = NULL;
}

/* A device's domain is its host's name without the first label. */
static bool is_in_domain(const char *wanted, const char *host)
{
	const char *domain = host == NULL ? NULL : strchr(host, '.');

	return wanted == NULL || (domain != NULL && strcasecmp(wanted, domain + 1) == 0);
}

static bool fits(const struct campaign_selection *s, const struct device *d)
{
	return optional_fits(s->model, device_fact(d, FACT_MODEL)) &&
	       optional_fits(s->manufacturer, device_fact(d, FACT_MANUFACTURER)) &&
	       optional_fits(s->firmware, device_fact(d, FACT_FIRMWARE)) &&
	       is_in_domain(s->domain, device_fact(d, FACT_HOST)) &&
	       optional_fits(s->online, d->online ? "true" : "false") &&
	       command_of(d, s->command) != NULL &&
	       (s->glob == NULL || jid_glob(s->glob, d->jid));
}

void campaign_select_run(const struct campaign_selection *s, struct component *c,
                         const char *operator_, unsigned needs, struct campaign_selected *out)
{
	struct device *const *sorted = device_sorted(&c->devices);
	/* Once a selection: rights are globs, and there are many devices. */
	char **units = units_with_rights(c->units, operator_, needs);
	size_t n_units = unit_count_sort(units), room = 0;

	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < c->devices.n; i++) {
		struct device *d = sorted[i];
		const char *unit = device_text(d, DEV_UNIT);

		if (unit == NULL || d->decommissioned != 0 || resolve_is_awaited(c, d) ||
		    !optional_fits(s->unit, unit) ||
		    !unit_count_has(units, n_units, unit) || !fits(s, d))
			continue;
		if (out->n == room) {
			room = 2 * room + 64;
			out->devices = mem_realloc(out->devices, room * sizeof *out->devices);
		}
		out->devices[out->n++] = d;
	}
	conf_list_free(units);
}
