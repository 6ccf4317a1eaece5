#include "component/decommission.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/ask.h"
#include "component/life.h"
#include "component/presence.h"
#include "component/resolve.h"
#include "component/route.h"
#include "component/unassigned.h"

#define LOG_MODULE "decommission"

static const char *cause_of(const struct device *d)
{
	return d->moved ? "renamed" : "decommissioned";
}

/* Who reads it may view this device's unit, and perhaps not another one. */
static char *cancel_text(const struct component *c, const struct device *d)
{
	const struct device *n = device_linked(&c->devices, d, DEV_SUCCESSOR);
	const char *unit = n == NULL ? NULL : device_text(n, DEV_UNIT);

	if (!d->moved)
		return mem_strdup("decommissioned the device was decommissioned");
	if (unit == NULL || !device_has(d, DEV_UNIT, unit))
		return mem_strdup("renamed the device goes on under another account");
	return mem_printf("renamed the device is now %s", n->jid);
}

void decommission_cancel(struct component *c, struct request *r)
{
	char *error = cancel_text(c, r->device);

	life_cancel(&c->life, r, cause_of(r->device), error);
	free(error);
}

void decommission_resume(struct component *c, struct request *r)
{
	const struct device *n = device_linked(&c->devices, r->device, DEV_SUCCESSOR);

	r->device->moved = n != NULL && n->since != 0;
	decommission_cancel(c, r);
}

static uint64_t take_out(struct component *c, struct device *d, bool moved)
{
	int64_t now = clock_wall_ms();
	struct record rec;
	uint64_t ticket;

	if (d->decommissioned != 0)
		return 0;
	if (d->online && device_text(d, DEV_STREAM) != NULL)
		unassigned_take(c, d);
	d->moved = moved;
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
	route_cancel_all(c, d);
	return ticket;
}

uint64_t decommission(struct component *c, struct device *d)
{
	return take_out(c, d, false);
}

uint64_t decommission_predecessor(struct component *c, const struct device *d)
{
	struct device *old = device_linked(&c->devices, d, DEV_PREDECESSOR);

	if (old == NULL || !device_has(old, DEV_SUCCESSOR, d->jid))
		return 0;
	return take_out(c, old, true);
}

char *decommission_text(const struct device *d)
{
	char when[CLOCK_STRING];

	return mem_printf("%s was decommissioned on %s", d->jid,
	                  clock_format(d->decommissioned, when));
}

char *decommission_text_for_operator(const struct component *c, const char *operator_,
                                     const struct device *d)
{
	const char *successor = resolve_visible(c, operator_, device_text(d, DEV_SUCCESSOR));
	char *text = decommission_text(d), *longer;

	if (successor == NULL)
		return text;
	longer = mem_printf("%s, its successor is %s", text, successor);
	free(text);
	return longer;
}
