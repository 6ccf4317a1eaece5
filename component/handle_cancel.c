/* An operator does not want a request any more. */
#include <string.h>

#include "common/mem.h"
#include "component/command.h"
#include "component/handle.h"
#include "component/route.h"

static struct reply say(struct xml_writer *w, const char *id, enum request_status status,
                        uint64_t ticket)
{
	xml_open(w, "request", NS_OPERATION);
	xml_attr(w, "id", id);
	xml_attr(w, "status", request_status_name(status));
	xml_close(w);
	return (struct reply){ .kind = REPLY_RESULT, .ticket = ticket };
}

/* What another unit has is not told of. */
static bool is_visible(const struct call *call, const struct request *r)
{
	const char *unit = units_of_device(call->c->units, r->columns[REQ_DEVICE]);

	return unit != NULL && units_rights(call->c->units, call->bare, unit) & RIGHT_VIEW;
}

static struct reply unknown(const char *id)
{
	return reply_own("item-not-found", "unknown-request", NULL,
	                 mem_printf("no open request has the id %.64s", id));
}

/* What was said before is said again: also of what has ended by it. */
static bool is_cancelled(const struct request *r)
{
	return r->status == CANCELLED || r->status == CANCELLING;
}

static struct reply cancel(struct call *call, struct xml_writer *w, struct request *r)
{
	struct component *c = call->c;
	enum request_status becomes = request_was_sent(r) ? CANCELLING : CANCELLED;
	char id[UUID7_STRING];
	uint64_t ticket;

	memcpy(id, r->id, sizeof id);
	ticket = route_cancel(c, r, call->bare);
	return say(w, id, becomes, ticket);
}

struct reply handle_cancel(struct call *call, struct xml_writer *w)
{
	struct component *c = call->c;
	const char *id = xml_get(call->payload, "id");
	struct request *r;
	struct device *d;
	unsigned missing;

	if (id == NULL || !uuid7_time(id, NULL))
		return reply_error("bad-request", mem_strdup("a cancel names a request by its id"));
	mem_set(&call->audit.request, id);
	r = request_find(&c->requests, id);
	d = r == NULL ? NULL : device_find(&c->devices, r->columns[REQ_DEVICE]);
	if (d == NULL || !is_visible(call, r))
		return unknown(id);
	mem_set(&call->audit.command, r->columns[REQ_COMMAND]);
	audit_about(&call->audit, d);
	missing = command_missing_right(c, call->bare, d, r->columns[REQ_COMMAND], false);
	if (missing != 0)
		return reply_own("forbidden", "missing-right", unit_right_name(missing),
		                 mem_printf("to cancel %s needs the right \"%s\"",
		                            r->columns[REQ_COMMAND], unit_right_name(missing)));
	if (is_cancelled(r))
		return say(w, id, r->status, store_synced(c->store) + store_waiting(c->store));
	return request_is_open(r) ? cancel(call, w, r) : unknown(id);
}
