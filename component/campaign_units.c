#include "component/campaign_units.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/campaign_table.h"
#include "component/device.h"
#include "component/unit_count.h"
#include "component/units.h"

#define LOG_MODULE "campaign"

/* In the units that are his he has the rights. lack: the first one that is not, or NULL. */
static unsigned missing_in(const struct units *units, const char *operator_, unsigned needs,
                           const char *lack)
{
	return lack == NULL ? 0 : needs & ~units_rights(units, operator_, lack);
}

unsigned campaign_units_missing(const struct campaign *k, const struct units *units,
                                const char *operator_, unsigned needs, char **where)
{
	char **his = units_with_rights(units, operator_, needs), *lack = NULL;
	size_t n = unit_count_sort(his);
	unsigned missing;

	/* Whatever has become of the units; each device is asked only where he still may. */
	if (n == 0 || strcmp(k->columns[CAMP_OPERATOR], operator_) != 0)
		lack = unit_count_lack(k->columns[CAMP_UNITS], his, n);
	missing = missing_in(units, operator_, needs, lack);
	conf_list_free(his);
	if (where != NULL)
		*where = lack;
	else
		free(lack);
	return missing;
}

/* A campaign all of whose devices are in no unit keeps those that it had. */
static void set_units(struct component *c, struct campaign *k, const struct unit_count *units)
{
	char *lines = unit_count_lines(units);
	struct record rec;

	if (*lines != '\0' && strcmp(lines, k->columns[CAMP_UNITS]) != 0 &&
	    campaign_table_ready(c, k->id)) {
		campaign_record(k, &rec, clock_wall_ms());
		record_text(&rec, CAMP_UNITS, lines);
		campaign_commit(c, &rec, false);
		log_info("campaign id=%s units changed", k->id);
	}
	free(lines);
}

static void find_units(struct component *c, bool at_start)
{
	for (struct campaign *k = c->campaigns.by_id; k != NULL; k = k->hh.next) {
		struct unit_count *units = NULL;

		for (size_t i = 0; i < k->n; i++) {
			const struct device *d = k->members[i].device;

			unit_count_add(&units, at_start ? units_of_device(c->units, d->jid)
			                                : device_text(d, DEV_UNIT), false);
		}
		set_units(c, k, units);
		unit_count_free(&units);
	}
}

void campaign_units_again(struct component *c)
{
	find_units(c, false);
}

void campaign_units_at_start(struct component *c)
{
	find_units(c, true);
}
