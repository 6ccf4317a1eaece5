/* Presence of devices, and their answers to our asking. */
#include <string.h>

#include "common/jid.h"
#include "component/ask.h"
#include "component/decommission.h"
#include "component/handle.h"
#include "component/presence.h"
#include "component/unassigned.h"

char *handle_available(struct call *call)
{
	const struct device *d = device_find(&call->c->devices, call->bare);
	const struct xml *facts = xml_child(call->stanza, "device", NS_DEVICE);

	/* Only what says that it is a device is one: an operator's client may
	 * send presence, too. */
	if (facts == NULL || jid_resource(call->from) == NULL)
		return NULL;
	if (d != NULL && d->decommissioned != 0) {
		unassigned_seen(call->c, call->bare, call->from, facts);
		return decommission_text(d);
	}
	presence_arrived(call->c, call->bare, call->from, facts, false);
	return NULL;
}

char *handle_unavailable(struct call *call)
{
	struct device *d = device_find(&call->c->devices, call->bare);
	bool was_online;

	if (d == NULL)
		return NULL;
	was_online = d->online;
	presence_gone(call->c, d, call->from, "offline");
	/* Maybe the end of a stream whose place a new one has taken: of that the server may have
	 * told before. */
	if (was_online && !d->online) {
		d->unreached = true;
		ask_soon(call->c, d);
	}
	ask_wanted(call->c, d);
	return NULL;
}

/* Its server knows that it is not there, and it will show itself; a server that is away itself,
 * or to which the way is cut, comes back without a word. */
static bool is_known_absent(const struct call *call)
{
	const struct xml *error = xml_child(call->stanza, "error", NULL);

	return error != NULL && xml_child(error, "service-unavailable", NULL) != NULL;
}

static void on_ask_bounced(struct call *call, struct device *d)
{
	presence_gone(call->c, d, call->from, "bounced");
	d->unreached = !d->online && !is_known_absent(call);
	ask_wanted(call->c, d);
}

bool handle_device_answer(struct call *call, bool is_error, const char *cut)
{
	unsigned number = ask_number(call->id);
	struct device *d;

	if (number == 0)
		return false;
	d = device_find(&call->c->devices, call->bare);
	if (d == NULL || !d->ask_sent || d->ask_number != number ||
	    !device_has(d, DEV_STREAM, call->from))
		return true;
	d->ask_sent = false;
	if (is_error)
		on_ask_bounced(call, d);
	else if (cut == NULL && xml_is(call->payload, "device", NS_DEVICE) &&
	         (call->who & WHO_DEVICE))
		presence_arrived(call->c, call->bare, call->from, call->payload, true);
	return true;
}
