/* Devices' answers to execute stanzas. */
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"
#include "component/ask.h"
#include "component/execute.h"
#include "component/handle.h"
#include "component/harvest.h"
#include "component/outcome.h"
#include "component/presence.h"
#include "component/route.h"

#define LOG_MODULE "outcome"

static void on_result(struct call *call, struct request *r, const char *cut)
{
	struct outcome o;
	struct component *c = call->c;
	struct device *d = device_find(&c->devices, call->bare);

	outcome_read(&o, call->payload, r->id, cut);
	if (o.status == RESPONDED && d != NULL)
		harvest(c, d, o.figures, !request_is_open(r));
	if (!life_answer(&c->life, r, &(struct life_outcome){ o.status, o.condition,
	                                                      o.text, o.outcome }))
		c->dropped_outcomes++;
	outcome_clear(&o);
}

/* Undelivered: the device is not where we thought. */
static void on_bounce(struct call *call, struct request *r, int64_t number)
{
	struct device *d = r->device;
	struct component *c = call->c;
	char *full;

	if (r->status != TRANSMITTED || number != r->transmission)
		return;
	full = mem_strdup(call->from);
	/* Nothing goes to that stream any more, also if this bounce ends the request. */
	presence_left(c, d, full, "bounced");
	route_bounced(c, r);
	route_lost(c, d, full, "bounced");
	/* Through another stream of it that is still there, or once it answers. */
	if (d->online)
		route_kick(c, d);
	else if (device_queue(d) != NULL)
		ask_later(c, d);
	free(full);
}

bool handle_outcome(struct call *call, bool is_error, const char *cut)
{
	char id[UUID7_STRING];
	struct request *r;
	int64_t number;

	if (!execute_parse_id(call->id, id, &number))
		return false;
	r = request_find(&call->c->requests, id);
	if (r == NULL || number < 1 || number > r->transmission ||
	    strcmp(r->columns[r->columns[REQ_VIA] != NULL ? REQ_VIA : REQ_DEVICE], call->bare) != 0) {
		call->c->dropped_outcomes++;
		log_debug("dropped an outcome: nothing of this kind was asked from=%s id=%s", call->from,
		         call->id);
		return true;
	}
	if (is_error)
		on_bounce(call, r, number);
	else
		on_result(call, r, cut);
	return true;
}
