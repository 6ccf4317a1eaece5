#include "device/stream.h"

#include <stdlib.h>
#include <string.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/mem.h"

#define LOG_MODULE "stream"
#include "common/log.h"

#define BASE_MS 1000
#define CAP_MS 60000
#define STOP_MS 3000
/* Two clients with one account would throw each other out without end. */
#define CONFLICT_ATTEMPT 6
/* A switch's port may stay closed for half a minute after its link is there (IEEE 802.1D),
 * and nobody says when it opens. */
#define SETTLING_MS 60000
#define SETTLING_CAP_MS 3000
/* Some machines' networks change all the time: so many changes a minute count. */
#define CHANGES 6
#define MINUTE_MS 60000
/* A loss that soon after a change needs no spread: others have not had it. */
#define CHANGED_MS 5000

struct stream {
	uv_loop_t *loop;
	struct xmpp_options options;       /* its strings are ours */
	const struct stream_events *events;
	void *arg;
	const struct bosh_options *over;   /* NULL: over TCP */
	struct xmpp *xmpp;                 /* the attempt under way, NULL between two */
	struct bosh *bosh;                 /* that it goes over, NULL over TCP */
	uv_timer_t timer;                  /* until the next attempt; of stopping */
	unsigned attempt;
	int64_t changed;                   /* when there was something new to go over; 0: never */
	int64_t minute;                    /* began then, and had so many of these */
	unsigned changes;
	bool online, stopping, conflict;
};

struct stream *stream_new(uv_loop_t *loop, const struct xmpp_options *options,
                          const struct stream_events *events, void *arg)
{
	struct stream *s = mem_zero(1, sizeof *s);

	s->loop = loop;
	xmpp_options_copy(&s->options, options);
	s->events = events;
	s->arg = arg;
	uv_timer_init(loop, &s->timer);
	s->timer.data = s;
	return s;
}

void stream_over_bosh(struct stream *s, const struct bosh_options *options)
{
	s->over = options;
}

const char *stream_transport(const struct stream *s)
{
	return s->over == NULL ? "tcp" : "bosh";
}

/* The attempt is over. The session below ends by itself. */
static void drop(struct stream *s)
{
	xmpp_destroy(s->xmpp);
	bosh_free(s->bosh);
	s->xmpp = NULL;
	s->bosh = NULL;
}

static void on_online(void *arg, const char *jid)
{
	struct stream *s = arg;

	s->attempt = 0;
	s->online = true;
	s->conflict = false;
	log_info("online jid=%s", jid);
	s->events->online(s->arg);
}

static void on_stanza(void *arg, const char *text, size_t len)
{
	struct stream *s = arg;
	const char *why;
	struct xml *el = xml_parse(text, len, &xml_limits_stanza, &why);

	if (el == NULL) {
		log_warn("a stanza is not taken: %s", why);
		return;
	}
	log_debug("received %.*s", (int)len, text);
	s->events->stanza(s->arg, el);
	xml_free(el);
}

static void stopped(struct stream *s)
{
	uv_timer_stop(&s->timer);
	drop(s);
	s->events->stopped(s->arg);
}

static void on_timer(uv_timer_t *t)
{
	struct stream *s = t->data;

	if (s->stopping)
		stopped(s);
	else
		stream_start(s);
}

static bool has_changed(const struct stream *s, int64_t within_ms)
{
	return s->changed != 0 && clock_mono_ms() < s->changed + within_ms;
}

/* The attempt under way is over: tells, and waits for the next. */
static void again_in(struct stream *s, int64_t wait)
{
	bool was_online = s->online;

	drop(s);
	s->online = false;
	log_info("connecting again wait_ms=%lld", (long long)wait);
	uv_timer_start(&s->timer, on_timer, (uint64_t)wait, 0);
	if (was_online)
		s->events->offline(s->arg);
}

static void again(struct stream *s)
{
	int64_t cap = has_changed(s, SETTLING_MS) && !s->conflict ? SETTLING_CAP_MS : CAP_MS;

	again_in(s, backoff_ms(s->attempt++, BASE_MS, cap, backoff_random()));
}

static void on_ended(void *arg, enum xmpp_end end, const char *text)
{
	struct stream *s = arg;

	if (s->stopping) {
		stopped(s);
		return;
	}
	log_warn("%s: %s", s->online ? "lost" : "not connected", text);
	s->conflict = end == XMPP_END_CONFLICT;
	if (s->conflict)
		s->attempt = CONFLICT_ATTEMPT;
	again(s);
}

static const struct xmpp_events xmpp_events = { on_online, on_stanza, on_ended };

/* Another program may connect, too. */
static bool on_admits(void *arg, int port)
{
	struct stream *s = arg;

	return port == xmpp_local_port(s->xmpp);
}

/* Without a text libstrophe tells it. */
static void on_bosh_ended(void *arg, const char *text)
{
	if (text != NULL)
		on_ended(arg, XMPP_END_LOST, text);
}

static const struct bosh_events bosh_events = { on_admits, on_bosh_ended };

/* To where the adapter listens: TLS is a matter of its own, and what it carries no matter of
 * stream management. */
static void connect_over_bosh(struct stream *s)
{
	struct xmpp_options options = s->options;

	s->bosh = bosh_open(s->loop, s->over, &bosh_events, s);
	if (s->bosh == NULL) {
		again(s);
		return;
	}
	options.host = "127.0.0.1";
	options.port = bosh_port(s->bosh);
	options.security = XMPP_PLAIN;
	options.stream_management = false;
	options.user_timeout_ms = 0;
	s->xmpp = xmpp_connect(s->loop, &options, &xmpp_events, s);
}

void stream_start(struct stream *s)
{
	log_debug("connecting attempt=%u transport=%s", s->attempt, stream_transport(s));
	if (s->over != NULL)
		connect_over_bosh(s);
	else
		s->xmpp = xmpp_connect(s->loop, &s->options, &xmpp_events, s);
}

void stream_send(struct stream *s, struct xml_writer *w)
{
	size_t len;
	char *text = xml_take(w, &len);

	if (s->online && s->xmpp != NULL) {
		log_debug("sent %.*s", (int)len, text);
		xmpp_send_text(s->xmpp, text, len);
	}
	free(text);
}

int64_t stream_idle_s(const struct stream *s)
{
	if (s->bosh != NULL)
		return bosh_idle_s(s->bosh);
	return s->xmpp == NULL ? -1 : xmpp_idle_s(s->xmpp);
}

void stream_lost(struct stream *s, const char *why)
{
	if (s->xmpp == NULL || s->stopping)
		return;
	log_warn("lost: %s", why);
	if (has_changed(s, CHANGED_MS))
		again_in(s, 0);
	else
		again(s);
}

/* What it waits for, or is at, may do better now. */
static void hurry(struct stream *s)
{
	if (s->conflict)
		return;
	log_info("the network has changed");
	s->attempt = 0;
	again_in(s, 0);
}

static bool counts(struct stream *s)
{
	int64_t now = clock_mono_ms();

	if (s->minute == 0 || now >= s->minute + MINUTE_MS) {
		s->minute = now;
		s->changes = 0;
	}
	return s->changes++ < CHANGES;
}

bool stream_network(struct stream *s, bool came)
{
	if (s->stopping)
		return false;
	came = came && counts(s);
	if (came)
		s->changed = clock_mono_ms();
	if (!s->online) {
		if (came)
			hurry(s);
		return false;
	}
	if (xmpp_has_path(s->xmpp))
		return came;
	log_warn("lost: the network that it went over is gone");
	again_in(s, 0);
	return false;
}

void stream_stop(struct stream *s)
{
	if (s->stopping)
		return;
	s->stopping = true;
	if (s->xmpp == NULL) {
		uv_timer_start(&s->timer, on_timer, 0, 0);
		return;
	}
	uv_timer_start(&s->timer, on_timer, STOP_MS, 0);
	xmpp_close(s->xmpp);
}

static void on_closed(uv_handle_t *h)
{
	struct stream *s = h->data;

	xmpp_options_free(&s->options);
	free(s);
}

void stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	drop(s);
	uv_close((uv_handle_t *)&s->timer, on_closed);
}
