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

/* Anything that has arrived since shows as well as a pong that the link lives;
 * on the same host it may come within the millisecond. */
static bool is_silent(const struct component *c, int64_t now)
{
	return c->ping_sent != 0 && now - c->ping_sent >= ANSWER_MS &&
	       link_heard(c->link) < c->ping_sent;
}

static void on_due(struct deadline *d)
{
	struct component *c = (struct component *)(void *)((char *)d -
	                                                   offsetof(struct component, ping));
	int64_t now = clock_mono_ms(), silent = now - link_heard(c->link);

	if (!link_is_online(c->link))
		return;
	if (is_silent(c, now)) {
		c->ping_sent = 0;
		link_reconnect(c->link, "the server does not answer a ping");
		return;
	}
	c->ping_sent = silent >= c->config.ping_interval_ms ? now : 0;
	if (c->ping_sent != 0)
		send_ping(c);
	deadline_set(&c->deadlines, d, c->ping_sent != 0 ? now + ANSWER_MS
	                                                 : now + c->config.ping_interval_ms - silent);
}

void ping_start(struct component *c)
{
	c->ping.fire = on_due;
	c->ping_sent = 0;
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
