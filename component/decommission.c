#include "component/decommission.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/ask.h"
#include "component/life.h"
#include "component/presence.h"
#include "component/route.h"
#include "component/unassigned.h"

#define LOG_MODULE "decommission"

static const char *cause_of(const struct device *d)
{
	return d->successor == NULL ? "decommissioned" : "renamed";
}

void decommission_cancel(struct component *c, struct request *r)
{
	const struct device *d = r->device;
	char *error = d->successor == NULL
	            ? mem_strdup("decommissioned the device was decommissioned")
	            : mem_printf("renamed the device is now %s", d->successor);

	life_cancel(&c->life, r, cause_of(d), error);
	free(error);
}

uint64_t decommission(struct component *c, struct device *d)
{
	int64_t now = clock_wall_ms();
	struct record rec;
	uint64_t ticket;

	if (d->decommissioned != 0)
		return 0;
	if (d->online && d->stream != NULL)
		unassigned_take(c, d);
	device_record(&rec, d->jid, now);
	record_time(&rec, DEV_DECOMMISSIONED, now);
	if (d->online) {
		record_text(&rec, DEV_ONLINE, "false");
		record_time(&rec, DEV_SINCE, now);
	}
	record_text(&rec, DEV_STREAM, "");
	ticket = presence_commit_synced(c, &rec);
	log_info("decommissioned device=%s cause=%s", d->jid, cause_of(d));
	presence_forget_streams(d);
	ask_forget(c, d);
	route_cancel(c, d);
	return ticket;
}

uint64_t decommission_predecessor(struct component *c, const struct device *d)
{
	struct device *old = d->predecessor == NULL ? NULL
	                   : device_find(&c->devices, d->predecessor);

	if (old == NULL || old->successor == NULL || strcmp(old->successor, d->jid) != 0)
		return 0;
	return decommission(c, old);
}

char *decommission_text(const struct device *d)
{
	char when[CLOCK_STRING];

	return mem_printf("%s was decommissioned on %s", d->jid,
	                  clock_format(d->decommissioned, when));
}

char *decommission_text_for_operator(const struct device *d)
{
	char *text = decommission_text(d), *longer;

	if (d->successor == NULL)
		return text;
	longer = mem_printf("%s, its successor is %s", text, d->successor);
	free(text);
	return longer;
}
