#include "component/dispatch.h"

#include <stdlib.h>
#include <string.h>

#include "common/jid.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/handle.h"
#include "component/outbox.h"

#define LOG_MODULE "dispatch"

#define NS_DISCO_INFO "http://jabber.org/protocol/disco#info"
#define NS_DISCO_ITEMS "http://jabber.org/protocol/disco#items"

/* Ids are kept while an answer waits. What is longer is refused, and what is longer
 * than that is not even sent back. */
#define ID_MAX 1024
#define ID_ECHO_MAX 65536

static const struct iq_entry {
	const char *type, *ns, *name;
	unsigned who;
	struct reply (*handle)(struct call *call, struct xml_writer *w);
} iqs[] = {
	{ "set", NS_OPERATION,        "request",   WHO_OPERATOR, handle_submit },
	{ "get", NS_OPERATION,        "requests",  WHO_OPERATOR, handle_requests },
	{ "get", NS_OPERATION,        "devices",   WHO_OPERATOR, handle_devices },
	{ "get", NS_KEEPALIVE,        "keepalive", WHO_DEVICE,   handle_keepalive },
	{ "get", NS_DISCO_INFO,       "query",     WHO_ANYONE,   handle_disco_info },
	{ "get", NS_DISCO_ITEMS,      "query",     WHO_ANYONE,   handle_disco_items },
	{ "get", "jabber:iq:version", "query",     WHO_ANYONE,   handle_version },
	{ "get", "jabber:iq:last",    "query",     WHO_ANYONE,   handle_last },
	{ "get", "urn:xmpp:ping",     "ping",      WHO_ANYONE,   handle_ping },
};

static const struct presence_entry {
	const char *type;             /* NULL: available */
	unsigned who;
	void (*handle)(struct call *call);
} presences[] = {
	{ NULL,          WHO_DEVICE, handle_available },
	{ "unavailable", WHO_DEVICE, handle_unavailable },
	{ "error",       WHO_DEVICE, handle_unavailable },
};

/* Who an answer must be from is each handler's to check: it knows whom it asked. */
static bool (*const answers[])(struct call *call, bool is_error, const char *cut) = {
	handle_outcome, handle_device_answer, handle_pong,
};

struct reply reply_error(const char *condition, char *text)
{
	return (struct reply){ .kind = REPLY_ERROR,
	                       .error = { .condition = condition, .text = text } };
}

struct reply reply_limit(const char *name, char *text)
{
	struct reply r = reply_error("resource-constraint", text);

	r.error.app_condition = "limit";
	r.error.app_name = name;
	return r;
}

static unsigned who_is(const struct component *c, const char *bare)
{
	unsigned who = WHO_ANYONE;

	if (units_of_device(c->units, bare) != NULL)
		who |= WHO_DEVICE;
	if (units_is_operator(c->units, bare))
		who |= WHO_OPERATOR;
	return who;
}

void dispatch_refuse(struct component *c, const char *to, const char *id,
                     struct stanza_error error)
{
	struct xml_writer w = { 0 };

	stanza_open(&w, "iq", "error", to, id);
	stanza_error(&w, &error);
	xml_close(&w);
	outbox_send(c->outbox, 0, &w);
}

void dispatch_answer(struct component *c, const char *to, const char *id,
                     void (*body)(struct xml_writer *w, void *arg), void *arg)
{
	struct xml_writer w = { 0 };

	stanza_open(&w, "iq", "result", to, id);
	body(&w, arg);
	xml_close(&w);
	outbox_send(c->outbox, 0, &w);
}

static void refuse(struct call *call, const char *condition, char *text)
{
	struct stanza_error e = { .condition = condition, .text = text };

	log_debug("refused condition=%s from=%s text=\"%s\"", condition, call->from, text);
	dispatch_refuse(call->c, call->from, call->id, e);
}

static const struct iq_entry *find_iq(const char *type, const struct xml *payload)
{
	for (size_t i = 0; i < sizeof iqs / sizeof *iqs; i++) {
		if (strcmp(iqs[i].type, type) == 0 && xml_is(payload, iqs[i].name, iqs[i].ns))
			return &iqs[i];
	}
	return NULL;
}

static void count_refused(struct call *call, const struct iq_entry *entry, const char *condition)
{
	if (entry->handle == handle_submit)
		stats_refused(&call->c->stats, condition);
}

static void run_iq(struct call *call, const struct iq_entry *entry)
{
	struct xml_writer w = { 0 };
	struct reply reply;

	stanza_open(&w, "iq", "result", call->from, call->id);
	reply = entry->handle(call, &w);
	if (reply.kind == REPLY_RESULT) {
		xml_close(&w);
		outbox_send(call->c->outbox, reply.ticket, &w);
		return;
	}
	xml_writer_free(&w);
	if (reply.kind != REPLY_ERROR)
		return;
	count_refused(call, entry, reply.error.condition);
	dispatch_refuse(call->c, call->from, call->id, reply.error);
}

static void on_iq_request(struct call *call, const char *type, const char *cut)
{
	const struct iq_entry *entry;

	if (strlen(call->id) > ID_MAX) {
		refuse(call, "bad-request", mem_printf("the stanza's id is over %d bytes", ID_MAX));
		return;
	}
	if (cut != NULL) {
		refuse(call, "not-acceptable", mem_printf("the stanza is %s", cut));
		return;
	}
	call->payload = xml_first(call->stanza);
	if (call->payload == NULL || xml_following(call->payload) != NULL) {
		refuse(call, "bad-request", mem_strdup("a request holds one element"));
		return;
	}
	entry = find_iq(type, call->payload);
	if (entry == NULL) {
		refuse(call, "service-unavailable",
		       mem_printf("no <%s xmlns='%s'/> %s here", call->payload->name, call->payload->ns,
		                  type));
	} else if (!(call->who & entry->who)) {
		count_refused(call, entry, "forbidden");
		refuse(call, "forbidden",
		       mem_printf("%s is not known here as %s", call->bare,
		                  entry->who == WHO_DEVICE ? "a device" : "an operator"));
	} else {
		run_iq(call, entry);
	}
}

static void on_iq(struct call *call, const char *cut)
{
	const char *type = xml_get(call->stanza, "type");

	if (type == NULL || call->id == NULL)
		return;
	if (strcmp(type, "get") == 0 || strcmp(type, "set") == 0) {
		on_iq_request(call, type, cut);
	} else if (strcmp(type, "result") == 0 || strcmp(type, "error") == 0) {
		call->payload = xml_first(call->stanza);
		for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
			if (answers[i](call, *type == 'e', cut))
				return;
		}
		log_debug("an answer that nobody waits for from=%s id=%s", call->from, call->id);
	}
}

static void refuse_presence(struct call *call)
{
	static int64_t last;
	struct stanza_error e = { .condition = "forbidden",
	                          .text = mem_printf("no unit has the device %s", call->bare) };
	struct xml_writer w = { 0 };

	if (log_may(&last))
		log_info("presence of a device that no unit has from=%s", call->from);
	stanza_open(&w, "presence", "error", call->from, call->id);
	stanza_error(&w, &e);
	xml_close(&w);
	outbox_send(call->c->outbox, 0, &w);
}

static void on_presence(struct call *call, const char *cut)
{
	const char *type = xml_get(call->stanza, "type");

	if (cut != NULL)
		return;
	for (size_t i = 0; i < sizeof presences / sizeof *presences; i++) {
		const struct presence_entry *e = &presences[i];

		if ((type == NULL) != (e->type == NULL) || (type != NULL && strcmp(type, e->type) != 0))
			continue;
		if (call->who & e->who)
			e->handle(call);
		else if (type == NULL && xml_child(call->stanza, "device", NS_DEVICE) != NULL)
			refuse_presence(call);
		return;
	}
}

/* Nobody lives at a node or resource of our domain. */
static void refuse_node(struct component *c, const struct xml *stanza)
{
	struct stanza_error e = { .condition = "service-unavailable" };
	const char *type = xml_get(stanza, "type"), *to = xml_get(stanza, "to");
	struct xml_writer w = { 0 };

	if (!xml_is(stanza, "iq", "") || type == NULL || xml_get(stanza, "id") == NULL ||
	    (strcmp(type, "get") != 0 && strcmp(type, "set") != 0))
		return;
	e.text = mem_printf("there is nothing at %.256s", to);
	stanza_open_as(&w, to, "iq", "error", xml_get(stanza, "from"), xml_get(stanza, "id"));
	stanza_error(&w, &e);
	xml_close(&w);
	outbox_send(c->outbox, 0, &w);
}

void dispatch(struct component *c, const struct xml *stanza, const char *cut)
{
	struct call call = { .c = c, .stanza = stanza, .from = xml_get(stanza, "from"),
	                     .id = xml_get(stanza, "id") };
	char *bare;

	if (call.from == NULL || !jid_valid(call.from))
		return;
	if (call.id != NULL && strlen(call.id) > ID_ECHO_MAX)
		return;
	if (!stanza_is_ours(xml_get(stanza, "to"))) {
		refuse_node(c, stanza);
		return;
	}
	call.bare = bare = jid_bare(call.from);
	call.who = who_is(c, bare);
	if (xml_is(stanza, "iq", ""))
		on_iq(&call, cut);
	else if (xml_is(stanza, "presence", ""))
		on_presence(&call, cut);
	free(bare);
}
