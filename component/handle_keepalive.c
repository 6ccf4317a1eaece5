/* Keep-alives of devices: urn:platen:keepalive:1. */
#include "common/clock.h"
#include "component/ask.h"
#include "component/decommission.h"
#include "component/execute.h"
#include "component/handle.h"
#include "component/unassigned.h"

struct reply handle_keepalive(struct call *call, struct xml_writer *w)
{
	struct device *d = device_find(&call->c->devices, call->bare);
	char now[CLOCK_STRING];

	if (d != NULL && d->decommissioned != 0) {
		unassigned_seen(call->c, call->bare, call->from, NULL);
		return reply_error("forbidden", decommission_text(d));
	}
	/* A bounce made it offline, but its stream is there, or is there again. */
	if (d != NULL && !d->online)
		ask_soon(call->c, d);
	xml_open(w, "keepalive", NS_KEEPALIVE);
	xml_attr_int(w, "interval", call->c->config.keepalive_ms / 1000);
	xml_attr(w, "now", clock_format(execute_clock(call->c), now));
	xml_attr(w, "instance", call->c->instance);
	xml_close(w);
	return (struct reply){ .kind = REPLY_RESULT };
}
