#include "device/dispatch.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/jid.h"
#include "device/about.h"
#include "device/command_list.h"

#define LOG_MODULE "dispatch"
#include "common/log.h"

/* One stanza on its way. */
struct visit {
	const struct dispatch *d;
	const struct xml *stanza;
	const struct xml *el;         /* an IQ's payload */
	struct xml_writer payload;    /* of the answer */
};

enum who {
	OBEYED,       /* any JID of the list */
	COMPONENT     /* its first, to which we report */
};

static bool same_bare(const char *a, const char *b)
{
	char *bare_a = jid_bare(a), *bare_b = jid_bare(b);
	bool same = strcmp(bare_a, bare_b) == 0;

	free(bare_a);
	free(bare_b);
	return same;
}

static bool from_who(const struct dispatch *d, const char *from, enum who who)
{
	if (from == NULL)
		return false;
	if (who == COMPONENT)
		return same_bare(from, d->obey[0]);
	for (char *const *jid = d->obey; *jid != NULL; jid++) {
		if (same_bare(from, *jid))
			return true;
	}
	return false;
}

static enum answer operation(struct visit *v)
{
	return execute_operation(v->d->execute, v->stanza, v->el, &v->payload);
}

static enum answer outcome(struct visit *v)
{
	return execute_question(v->d->execute, v->stanza, v->el, &v->payload);
}

static enum answer cancel(struct visit *v)
{
	return execute_cancel(v->d->execute, v->stanza, v->el, &v->payload);
}

static enum answer commands(struct visit *v)
{
	command_list_write(&v->payload);
	return ANSWER_RESULT;
}

/* What is ordered behind our answer is judged by the clock that came before. */
static enum answer question(struct visit *v)
{
	if (from_who(v->d, xml_get(v->stanza, "from"), COMPONENT))
		keepalive_again(v->d->keepalive);
	return presence_question(v->d->presence, &v->payload);
}

static enum answer hint(struct visit *v)
{
	return keepalive_hint(v->d->keepalive, v->el);
}

static enum answer disco(struct visit *v)
{
	return about_disco(v->el, &v->payload);
}

static enum answer version(struct visit *v)
{
	return about_version(&v->payload);
}

static enum answer last(struct visit *v)
{
	return about_last(&v->payload);
}

static enum answer ping(struct visit *v)
{
	(void)v;
	return ANSWER_RESULT;
}

static const struct row {
	const char *type, *name, *ns;
	enum who who;
	enum answer (*handle)(struct visit *v);
} rows[] = {
	{ "set", "operation", OPERATION_NS, OBEYED,    operation },
	{ "set", "cancel",    OPERATION_NS, OBEYED,    cancel },
	{ "get", "outcome",   OPERATION_NS, OBEYED,    outcome },
	{ "get", "commands",  OPERATION_NS, OBEYED,    commands },
	{ "get", "device",    DEVICE_NS,    OBEYED,    question },
	{ "set", "keepalive", KEEPALIVE_NS, COMPONENT, hint },
	{ "get", "query",     DISCO_NS,     OBEYED,    disco },
	{ "get", "query",     VERSION_NS,   OBEYED,    version },
	{ "get", "query",     LAST_NS,      OBEYED,    last },
	{ "get", "ping",      PING_NS,      OBEYED,    ping },
};

static enum answer ask(struct visit *v, const char *type, const char **text)
{
	const char *from = xml_get(v->stanza, "from");

	if (!from_who(v->d, from, OBEYED)) {
		*text = "this device obeys only the components in its own list";
		return ANSWER_FORBIDDEN;
	}
	/* RFC 6120 section 8.2.3: exactly one child. */
	if (v->el == NULL || xml_following(v->el) != NULL) {
		*text = "a request holds exactly one element";
		return ANSWER_BAD_REQUEST;
	}
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (strcmp(type, rows[i].type) != 0 || !xml_is(v->el, rows[i].name, rows[i].ns))
			continue;
		if (!from_who(v->d, from, rows[i].who)) {
			*text = "only the component that this device reports to may ask this";
			return ANSWER_FORBIDDEN;
		}
		return rows[i].handle(v);
	}
	return ANSWER_SERVICE_UNAVAILABLE;
}

static void answer_request(const struct dispatch *d, const struct xml *iq, const char *type)
{
	static int64_t last_stranger;
	struct visit v = { .d = d, .stanza = iq, .el = xml_first(iq) };
	const char *text = NULL, *from = xml_get(iq, "from");
	enum answer a = ask(&v, type, &text);
	struct xml_writer w = { 0 };

	if (a == ANSWER_FORBIDDEN && log_may(&last_stranger))
		log_warn("forbidden from=%s", from != NULL ? from : "");
	if (a == ANSWER_LATER)
		goto out;
	if (a == ANSWER_RESULT) {
		answer_open(&w, from, xml_get(iq, "id"));
		xml_join(&w, &v.payload);
		xml_close(&w);
	} else {
		answer_error(&w, from, xml_get(iq, "id"), a, text);
	}
	stream_send(d->stream, &w);
out:
	xml_writer_free(&v.payload);
}

static void take_iq(const struct dispatch *d, const struct xml *iq, const char *type)
{
	if (xml_get(iq, "id") == NULL || type == NULL) {
		log_debug("an iq without id or type is not taken");
		return;
	}
	if (strcmp(type, "get") == 0 || strcmp(type, "set") == 0)
		answer_request(d, iq, type);
	else if (strcmp(type, "result") == 0 && from_who(d, xml_get(iq, "from"), OBEYED) &&
	         execute_result(d->execute, iq))
		return;
	else if (!from_who(d, xml_get(iq, "from"), COMPONENT))
		log_debug("a %s from a stranger is passed over", type);
	else if (strcmp(type, "result") == 0)
		keepalive_result(d->keepalive, iq);
	else if (strcmp(type, "error") == 0)
		keepalive_error(d->keepalive, iq);
}

void dispatch_stanza(const struct dispatch *d, const struct xml *stanza)
{
	const char *type = xml_get(stanza, "type");

	/* Whatever it is and whoever sent it, the stream lives. */
	keepalive_heard(d->keepalive);
	if (xml_is(stanza, "iq", "")) {
		take_iq(d, stanza, type);
	} else if (xml_is(stanza, "presence", "") && type != NULL && strcmp(type, "error") == 0 &&
	         from_who(d, xml_get(stanza, "from"), COMPONENT)) {
		presence_bounced(d->presence);
		execute_away(d->execute);
	}
}
