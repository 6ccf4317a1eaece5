#include "device/stream.h"

#include <stdlib.h>
#include <string.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/mem.h"
#include "device/host_meta_fetch.h"

#define LOG_MODULE "stream"
#include "common/log.h"

#define BASE_MS 1000
#define CAP_MS 60000
#define STOP_MS 3000
/* A stream that ends sooner has failed like an attempt. */
#define STEADY_MS 10000
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
	struct transport transport;
	const struct bosh_options *over;   /* NULL: over TCP only */
	struct xmpp *xmpp;                 /* the attempt under way, NULL between two */
	struct bosh *bosh;                 /* that it goes over, NULL over TCP */
	struct host_meta *host_meta;       /* it is asked where that is */
	struct xmpp *beside;               /* over TCP, while the stream is over BOSH */
	uv_timer_t timer;                  /* until the next attempt; of stopping */
	uv_timer_t return_timer;           /* until that one */
	unsigned handles;                  /* that still point here */
	unsigned attempt;
	int64_t since;                     /* it is online, monotonic ms */
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
	uv_timer_init(loop, &s->return_timer);
	s->timer.data = s->return_timer.data = s;
	s->handles = 2;
	return s;
}

void stream_over(struct stream *s, enum transport_mode mode, const struct bosh_options *over,
                 int64_t return_ms, const char *dir)
{
	s->over = over;
	transport_init(&s->transport, mode, return_ms, dir);
}

const char *stream_transport(const struct stream *s)
{
	return transport_names[s->transport.bosh];
}

static void drop_beside(struct stream *s)
{
	uv_timer_stop(&s->return_timer);
	xmpp_destroy(s->beside);
	s->beside = NULL;
}

/* The attempt is over. The session below ends by itself. */
static void drop(struct stream *s)
{
	host_meta_free(s->host_meta);
	xmpp_destroy(s->xmpp);
	bosh_free(s->bosh);
	s->host_meta = NULL;
	s->xmpp = NULL;
	s->bosh = NULL;
}

static void return_later(struct stream *s);

static void on_online(void *arg, const char *jid)
{
	struct stream *s = arg;

	s->online = true;
	s->since = clock_mono_ms();
	s->conflict = false;
	transport_online(&s->transport);
	return_later(s);
	log_info("online jid=%s transport=%s", jid, stream_transport(s));
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
	drop_beside(s);
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

static void set_offline(struct stream *s)
{
	if (!s->online)
		return;
	s->online = false;
	s->events->offline(s->arg);
}

/* The attempt under way is over: tells, and waits for the next. */
static void again_in(struct stream *s, int64_t wait)
{
	drop_beside(s);
	drop(s);
	log_info("connecting again wait_ms=%lld", (long long)wait);
	uv_timer_start(&s->timer, on_timer, (uint64_t)wait, 0);
	set_offline(s);
}

/* end: why it is over. */
static void again(struct stream *s, enum xmpp_end end)
{
	int64_t cap = has_changed(s, SETTLING_MS) && !s->conflict ? SETTLING_CAP_MS : CAP_MS;

	if (s->online && !s->conflict && clock_mono_ms() >= s->since + STEADY_MS)
		s->attempt = 0;
	if (transport_failed(&s->transport, end, s->online))
		again_in(s, 0);
	else
		again_in(s, backoff_ms(s->attempt++, BASE_MS, cap, backoff_random()));
}

static void on_ended(void *arg, enum xmpp_end end, const char *text)
{
	struct stream *s = arg;

	if (s->stopping) {
		stopped(s);
		return;
	}
	if (s->beside != NULL) {
		/* Its log-in may be what has ended this one: we hear of it at once. */
		log_info("over bosh: %s", text);
		drop(s);
		set_offline(s);
		return;
	}
	log_warn("%s: %s", s->online ? "lost" : "not connected", text);
	s->conflict = end == XMPP_END_CONFLICT;
	if (s->conflict)
		s->attempt = CONFLICT_ATTEMPT;
	again(s, end);
}

static const struct xmpp_events xmpp_events = { on_online, on_stanza, on_ended };

/* From BOSH back to TCP: another attempt beside the stream, which takes its place. */

static void on_beside_online(void *arg, const char *jid)
{
	struct stream *s = arg;
	struct xmpp *x = s->beside;

	s->beside = NULL;
	drop_beside(s);
	drop(s);
	set_offline(s);
	if (s->stopping) {
		xmpp_destroy(x);
		return;
	}
	s->xmpp = x;
	transport_returned(&s->transport, true);
	on_online(s, jid);
}

static void on_beside_ended(void *arg, enum xmpp_end end, const char *text)
{
	struct stream *s = arg;

	if (s->beside == NULL) {        /* it is the stream meanwhile */
		on_ended(s, end, text);
		return;
	}
	log_info("still over bosh: %s", text);
	drop_beside(s);
	transport_returned(&s->transport, false);
	if (s->xmpp == NULL)
		again_in(s, 0);
	else
		return_later(s);
}

static const struct xmpp_events beside_events = {
	on_beside_online, on_stanza, on_beside_ended
};

static void on_return(uv_timer_t *t)
{
	struct stream *s = t->data;

	log_debug("trying tcp beside bosh");
	s->beside = xmpp_connect(s->loop, &s->options, &beside_events, s);
}

static void return_later(struct stream *s)
{
	int64_t ms = transport_return_ms(&s->transport, backoff_random());

	if (ms >= 0)
		uv_timer_start(&s->return_timer, on_return, (uint64_t)ms, 0);
}

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
static void connect_to(struct stream *s, const char *url)
{
	struct xmpp_options options = s->options;
	struct bosh_options over = *s->over;

	over.http.url = url;
	s->bosh = bosh_open(s->loop, &over, &bosh_events, s);
	if (s->bosh == NULL) {
		again(s, XMPP_END_CONNECT);
		return;
	}
	options.host = "127.0.0.1";
	options.port = bosh_port(s->bosh);
	options.security = XMPP_PLAIN;
	options.stream_management = false;
	options.user_timeout_ms = 0;
	s->xmpp = xmpp_connect(s->loop, &options, &xmpp_events, s);
}

static void on_host_meta(void *arg, const char *url, const char *why)
{
	struct stream *s = arg;
	char *text;

	host_meta_free(s->host_meta);
	s->host_meta = NULL;
	if (url != NULL) {
		connect_to(s, url);
		return;
	}
	text = mem_printf("%s does not say where it has BOSH: %s", s->over->domain, why);
	on_ended(s, XMPP_END_RESOLVE, text);
	free(text);
}

static void connect_over_bosh(struct stream *s)
{
	const struct host_meta_options options = { .domain = s->over->domain, .http = &s->over->http };

	if (s->over->http.url != NULL)
		connect_to(s, s->over->http.url);
	else
		s->host_meta = host_meta_fetch(s->loop, &options, on_host_meta, s);
}

void stream_start(struct stream *s)
{
	log_debug("connecting attempt=%u transport=%s", s->attempt, stream_transport(s));
	if (s->transport.bosh)
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
		again(s, XMPP_END_LOST);
}

/* What it waits for, or is at, may do better now. */
static void hurry(struct stream *s)
{
	if (s->conflict)
		return;
	log_info("the network has changed");
	transport_begin(&s->transport);
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
	transport_moved(&s->transport);
	if (!s->online) {
		if (came)
			hurry(s);
		return false;
	}
	if (s->bosh != NULL ? bosh_has_path(s->bosh) : xmpp_has_path(s->xmpp))
		return came;
	log_warn("lost: the network that it went over is gone");
	s->attempt = 0;
	again_in(s, 0);
	return false;
}

void stream_stop(struct stream *s)
{
	if (s->stopping)
		return;
	s->stopping = true;
	drop_beside(s);
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

	if (--s->handles > 0)
		return;
	transport_clear(&s->transport);
	xmpp_options_free(&s->options);
	free(s);
}

void stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	drop_beside(s);
	drop(s);
	uv_close((uv_handle_t *)&s->timer, on_closed);
	uv_close((uv_handle_t *)&s->return_timer, on_closed);
}
