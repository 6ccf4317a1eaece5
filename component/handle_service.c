/* What any entity may ask a component: XEP-0030, 0092, 0012, 0199. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "component/handle.h"

static const struct reply result = { .kind = REPLY_RESULT };

struct reply handle_disco_info(struct call *call, struct xml_writer *w)
{
	static const char *const features[] = {
		"http://jabber.org/protocol/disco#info", "http://jabber.org/protocol/disco#items",
		"jabber:iq:version", "jabber:iq:last", "urn:xmpp:ping", "http://jabber.org/protocol/rsm",
		NS_OPERATION, NS_DEVICE, NS_KEEPALIVE, NS_AUDIT,
	};
	const char *ns = call->payload->ns;

	if (xml_get(call->payload, "node") != NULL)
		return reply_error("item-not-found", mem_strdup("there is no such node"));
	xml_open(w, "query", ns);
	xml_open(w, "identity", ns);
	xml_attr(w, "category", "component");
	xml_attr(w, "type", "generic");
	xml_attr(w, "name", "Platen");
	xml_close(w);
	for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
		xml_open(w, "feature", ns);
		xml_attr(w, "var", features[i]);
		xml_close(w);
	}
	xml_close(w);
	return result;
}

struct reply handle_disco_items(struct call *call, struct xml_writer *w)
{
	if (xml_get(call->payload, "node") != NULL)
		return reply_error("item-not-found", mem_strdup("there is no such node"));
	xml_element(w, "query", call->payload->ns, NULL);
	return result;
}

struct reply handle_version(struct call *call, struct xml_writer *w)
{
	const char *ns = call->payload->ns;

	xml_open(w, "query", ns);
	xml_element(w, "name", ns, "platend");
	xml_element(w, "version", ns, PLATEN_VERSION);
	xml_close(w);
	return result;
}

struct reply handle_last(struct call *call, struct xml_writer *w)
{
	xml_open(w, "query", call->payload->ns);
	xml_attr_int(w, "seconds", (clock_mono_ms() - call->c->started) / 1000);
	xml_close(w);
	return result;
}

struct reply handle_ping(struct call *call, struct xml_writer *w)
{
	(void)call, (void)w;
	return result;
}
