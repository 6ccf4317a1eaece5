#include "component/ping.h"

#include <stddef.h>
#include <string.h>

#include "common/clock.h"
#include "component/handle.h"
#include "component/outbox.h"
#include "component/stanza.h"

#define ANSWER_MS 20000
#define PING_ID "platend-ping"

static void send_ping(struct component *c)
{
	struct xml_writer w = { 0 };

	stanza_open(&w, "iq", "get", c->config.domain, PING_ID);
	xml_element(&w, "ping", "urn:xmpp:ping", NULL);
	xml_close(&w);
	outbox_send(c->outbox, 0, &w);
}

/* Anything that has arrived since shows as well as a pong that the link lives. */
static void on_due(struct deadline *d)
{
	struct component *c = (struct component *)(void *)((char *)d -
	                                                   offsetof(struct component, ping));
	int64_t now = clock_mono_ms(), silent = now - link_heard(c->link);

	if (!link_is_online(c->link))
		return;
	if (c->ping_sent && silent >= ANSWER_MS) {
		c->ping_sent = false;
		link_reconnect(c->link, "the server does not answer a ping");
		return;
	}
	c->ping_sent = silent >= c->config.ping_interval_ms;
	if (c->ping_sent)
		send_ping(c);
	deadline_set(&c->deadlines, d, c->ping_sent ? now + ANSWER_MS
	                                            : now + c->config.ping_interval_ms - silent);
}

void ping_start(struct component *c)
{
	c->ping.fire = on_due;
	c->ping_sent = false;
	deadline_set(&c->deadlines, &c->ping, clock_mono_ms() + c->config.ping_interval_ms);
}

void ping_stop(struct component *c)
{
	deadline_clear(&c->deadlines, &c->ping);
}

bool handle_pong(struct call *call, bool is_error, const char *cut)
{
	(void)is_error, (void)cut;
	return strcmp(call->id, PING_ID) == 0 && strcmp(call->bare, call->c->config.domain) == 0;
}
