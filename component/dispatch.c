#include "component/dispatch.h"

#include <stdlib.h>
#include <string.h>

#include "common/jid.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/handle.h"
#include "component/outbox.h"
#include "component/unassigned.h"

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
	{ "get", NS_OPERATION,        "stats",     WHO_OPERATOR, handle_stats },
	{ "set", NS_OPERATION,        "watch",     WHO_OPERATOR, handle_watch },
	{ "set", NS_OPERATION,        "campaign",  WHO_OPERATOR, handle_campaign },
	{ "get", NS_OPERATION,        "campaign",  WHO_OPERATOR, handle_campaign_show },
	{ "get", NS_OPERATION,        "campaigns", WHO_OPERATOR, handle_campaigns },
	{ "get", NS_AUDIT,            "audit",     WHO_OPERATOR, handle_audit },
	{ "set", NS_DEVICE,           "decommission", WHO_OPERATOR, handle_administer },
	{ "set", NS_DEVICE,           "commission", WHO_OPERATOR, handle_administer },
	{ "set", NS_DEVICE,           "rename",    WHO_OPERATOR, handle_administer },
	{ "set", NS_DEVICE,           "acknowledge", WHO_OPERATOR, handle_administer },
	{ "get", NS_DEVICE,           "unassigned", WHO_OPERATOR, handle_unassigned },
	{ "set", NS_OPERATION,        "cancel",    WHO_OPERATOR, handle_cancel },
	{ "set", NS_OPERATION,        "outcome",   WHO_DEVICE,   handle_outcome_told },
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
	char *(*handle)(struct call *call);
} presences[] = {
	{ NULL,          WHO_DEVICE, handle_available },
	{ "unavailable", WHO_DEVICE, handle_unavailable },
	{ "error",       WHO_DEVICE, handle_unavailable },
};

/* Who an answer must be from is each handler's to check: it knows whom it asked. */
static bool (*const answers[])(struct call *call, bool is_error, const char *cut) = {
	handle_outcome, handle_outcome_asked, handle_device_answer, handle_commands,
	handle_unassigned_answer, handle_pong,
};

struct reply reply_error(const char *condition, char *text)
{
	return (struct reply){ .kind = REPLY_ERROR,
	                       .error = { .condition = condition, .text = text } };
}

struct reply reply_own(const char *condition, const char *own, const char *name, char *text)
{
	struct reply r = reply_error(condition, text);

	r.error.app_condition = own;
	r.error.app_name = name;
	return r;
}

struct reply reply_limit(const char *name, char *text)
{
	return reply_own("resource-constraint", "limit", name, text);
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

static void send_error(struct component *c, const char *to, const char *id, uint64_t ticket,
                       struct stanza_error error)
{
	struct xml_writer w = { 0 };

	stanza_open(&w, "iq", "error", to, id);
	stanza_error(&w, &error);
	xml_close(&w);
	outbox_send(c->outbox, ticket, &w);
}

void dispatch_refuse(struct component *c, const char *to, const char *id,
                     struct stanza_error error)
{
	send_error(c, to, id, 0, error);
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

/* Who watches sets something up, and changes nothing. */
static bool is_order(const struct call *call)
{
	return *call->type == 's' && (call->entry == NULL || call->entry->handle != handle_watch);
}

/* What is recorded of what was refused: all that an operator ordered, and what he
 * may not ask; and what others tried of what is for operators. */
static bool is_recorded(const struct call *call, const char *condition)
{
	bool is_forbidden = strcmp(condition, "forbidden") == 0;

	if (call->entry != NULL && call->entry->who & WHO_OPERATOR &&
	    (is_forbidden || strcmp(condition, "item-not-found") == 0))
		return true;
	return call->who & WHO_OPERATOR && (is_forbidden || is_order(call));
}

static struct audit_act act_of(const struct call *call)
{
	const struct xml *el = xml_first(call->stanza);

	return (struct audit_act){ .operator_ = call->bare, .asked_by = call->from,
	                           .is_operator = call->who & WHO_OPERATOR,
	                           .action = el == NULL ? NULL : el->name, .about = &call->audit };
}

/* The ticket that the answer waits for. A long id is not kept meanwhile. */
static uint64_t record_refusal(const struct call *call, const struct stanza_error *error)
{
	struct audit_act act = act_of(call);
	uint64_t ticket;

	if (!is_recorded(call, error->condition))
		return 0;
	ticket = audit_denied(call->c, &act, error);
	return strlen(call->id) > ID_MAX ? 0 : ticket;
}

static void refuse_with(struct call *call, struct stanza_error error)
{
	log_debug("refused condition=%s from=%s text=\"%s\"", error.condition, call->from, error.text);
	if (call->entry != NULL && call->entry->handle == handle_submit)
		stats_refused(&call->c->stats, error.condition);
	send_error(call->c, call->from, call->id, record_refusal(call, &error), error);
}

static void refuse(struct call *call, const char *condition, char *text)
{
	refuse_with(call, (struct stanza_error){ .condition = condition, .text = text });
}

static const struct iq_entry *find_iq(const char *type, const struct xml *payload)
{
	for (size_t i = 0; i < sizeof iqs / sizeof *iqs; i++) {
		if (strcmp(iqs[i].type, type) == 0 && xml_is(payload, iqs[i].name, iqs[i].ns))
			return &iqs[i];
	}
	return NULL;
}

/* The ticket that the answer waits for. A request's own row names who submitted it; who
 * has changed a device nothing else says. */
static uint64_t record_done(const struct call *call, uint64_t ticket)
{
	struct audit_act act = act_of(call);
	uint64_t later = 0;

	if (call->entry->who & WHO_OPERATOR && is_order(call))
		later = audit_accepted(call->c, &act, call->entry->handle == handle_submit);
	return later > ticket ? later : ticket;
}

static void run_iq(struct call *call)
{
	struct xml_writer w = { 0 };
	struct reply reply;

	stanza_open(&w, "iq", "result", call->from, call->id);
	reply = call->entry->handle(call, &w);
	if (reply.kind == REPLY_RESULT) {
		xml_close(&w);
		outbox_send(call->c->outbox, record_done(call, reply.ticket), &w);
		return;
	}
	xml_writer_free(&w);
	if (reply.kind == REPLY_ERROR)
		refuse_with(call, reply.error);
}

static void refuse_stranger(struct call *call)
{
	if (call->entry->who == WHO_DEVICE)
		unassigned_seen(call->c, call->bare, call->from, NULL);
	refuse(call, "forbidden", mem_printf("%s is not known here as %s", call->bare,
	                                     call->entry->who == WHO_DEVICE ? "a device" : "an operator"));
}

/* True if it is in the table, and from one who may; else it is answered here. */
static bool may_run(struct call *call)
{
	const struct xml *el = call->payload;

	call->entry = find_iq(call->type, el);
	if (call->entry == NULL) {
		refuse(call, "service-unavailable",
		       mem_printf("no <%s xmlns='%s'/> %s here", el->name, el->ns, call->type));
		return false;
	}
	if (call->entry->who & WHO_OPERATOR) {
		mem_set(&call->audit.device, xml_get(el, "device"));
		mem_set(&call->audit.command, xml_get(el, "command"));
	}
	if (call->who & call->entry->who)
		return true;
	refuse_stranger(call);
	return false;
}

static void on_iq_request(struct call *call, const char *cut)
{
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
	if (may_run(call))
		run_iq(call);
}

static bool wants_answer(const char *type)
{
	return strcmp(type, "get") == 0 || strcmp(type, "set") == 0;
}

static void on_iq(struct call *call, const char *cut)
{
	const char *type = call->type;

	if (type == NULL || call->id == NULL)
		return;
	if (wants_answer(type)) {
		on_iq_request(call, cut);
	} else if (strcmp(type, "result") == 0 || strcmp(type, "error") == 0) {
		call->payload = xml_first(call->stanza);
		for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
			if (answers[i](call, *type == 'e', cut))
				return;
		}
		log_debug("an answer that nobody waits for from=%s id=%s", call->from, call->id);
	}
}

static void refuse_presence(struct call *call, char *why)
{
	static int64_t last;
	struct stanza_error e = { .condition = "forbidden", .text = why };
	struct xml_writer w = { 0 };

	if (log_may(&last))
		log_info("refused a device's presence from=%s text=\"%s\"", call->from, why);
	stanza_open(&w, "presence", "error", call->from, call->id);
	stanza_error(&w, &e);
	xml_close(&w);
	outbox_send(call->c->outbox, 0, &w);
}

/* Only who says that he is a device is told that he is none. */
static char *turn_away(struct call *call, const char *type)
{
	const struct xml *facts = xml_child(call->stanza, "device", NS_DEVICE);

	if (type != NULL || facts == NULL)
		return NULL;
	unassigned_seen(call->c, call->bare, call->from, facts);
	return mem_printf("no unit has the device %s", call->bare);
}

static void on_presence(struct call *call, const char *cut)
{
	const char *type = xml_get(call->stanza, "type");
	char *why;

	if (cut != NULL)
		return;
	for (size_t i = 0; i < sizeof presences / sizeof *presences; i++) {
		const struct presence_entry *e = &presences[i];

		if ((type == NULL) != (e->type == NULL) || (type != NULL && strcmp(type, e->type) != 0))
			continue;
		why = call->who & e->who ? e->handle(call) : turn_away(call, type);
		if (why != NULL)
			refuse_presence(call, why);
		return;
	}
}

/* Nobody lives at a node or resource of our domain. */
static void refuse_node(struct call *call)
{
	struct stanza_error e = { .condition = "service-unavailable" };
	const char *to = xml_get(call->stanza, "to");
	struct xml_writer w = { 0 };
	uint64_t ticket;

	if (!xml_is(call->stanza, "iq", "") || call->type == NULL || call->id == NULL ||
	    !wants_answer(call->type))
		return;
	e.text = mem_printf("there is nothing at %.256s", to);
	ticket = record_refusal(call, &e);
	stanza_open_as(&w, to, "iq", "error", call->from, call->id);
	stanza_error(&w, &e);
	xml_close(&w);
	outbox_send(call->c->outbox, ticket, &w);
}

void dispatch(struct component *c, const struct xml *stanza, const char *cut)
{
	struct call call = { .c = c, .stanza = stanza, .from = xml_get(stanza, "from"),
	                     .id = xml_get(stanza, "id"), .type = xml_get(stanza, "type") };
	char *bare;

	if (call.from == NULL || !jid_valid(call.from))
		return;
	if (call.id != NULL && strlen(call.id) > ID_ECHO_MAX)
		return;
	call.bare = bare = jid_bare(call.from);
	call.who = who_is(c, bare);
	if (!stanza_is_ours(xml_get(stanza, "to")))
		refuse_node(&call);
	else if (xml_is(stanza, "iq", ""))
		on_iq(&call, cut);
	else if (xml_is(stanza, "presence", ""))
		on_presence(&call, cut);
	audit_event_clear(&call.audit);
	free(bare);
}
