#include "common/xmpp.h"

#include <stdlib.h>
#include <string.h>

#include "common/finder.h"
#include "common/jid.h"
#include "common/mem.h"
#include "common/race.h"
#include "common/strophe.h"

#define LOG_MODULE "xmpp"
#include "common/log.h"

/* Who is silent after the connection is left for the next one, if there is one. */
#define TARGET_MS 10000

const char *const xmpp_security_names[] = { "starttls", "direct-tls", "plain", NULL };

struct xmpp {
	struct xmpp_options options;       /* its strings are ours */
	const struct xmpp_events *events;
	void *arg;
	uv_async_t async;
	uv_timer_t watchdog;
	uint64_t deadline;                 /* of the loop's time: online until then */
	unsigned users;                    /* handles that still point here */

	/* One of the three at a time: where is it, who of them is there, the stream. */
	struct finder *finder;
	struct race *race;
	struct strophe *strophe;
	struct finder_target targets[FINDER_TARGETS];    /* that are left to try, in order */
	size_t n_targets;
	struct finder_target target;       /* the stream's */

	enum xmpp_end end;                 /* of the most telling failure so far */
	char *why;
	bool freed, ended, close_wanted, online;
};

static void on_closed(uv_handle_t *h)
{
	struct xmpp *x = h->data;

	if (--x->users > 0)
		return;
	xmpp_options_free(&x->options);
	free(x->why);
	free(x);
}

static void end(struct xmpp *x, enum xmpp_end how, const char *text)
{
	if (x->ended || x->freed)
		return;
	x->ended = true;
	uv_timer_stop(&x->watchdog);
	x->events->ended(x->arg, how, text);
}

/* A server that was there says more than one that was not. */
static void remember(struct xmpp *x, enum xmpp_end how, const char *text)
{
	if (x->why != NULL && how == XMPP_END_CONNECT)
		return;
	x->end = how;
	mem_set(&x->why, text);
}

static void try_next(struct xmpp *x);

/* Whether another target may do better: the account is the same at all of them. */
static bool may_go_on(const struct xmpp *x, enum xmpp_end how)
{
	return !x->online && !x->close_wanted && x->n_targets > 0 && how != XMPP_END_AUTH &&
	       how != XMPP_END_CONFLICT && uv_now(x->async.loop) < x->deadline;
}

static void on_stream_ended(struct xmpp *x, enum xmpp_end how, const char *text)
{
	if (x->online || x->close_wanted) {
		end(x, how, text);
		return;
	}
	remember(x, how, text);
	if (!may_go_on(x, how)) {
		end(x, x->end, x->why);
		return;
	}
	log_warn("host=%s address=%s port=%d: %s; trying the next", x->target.host, x->target.address,
	         x->target.port, text);
	strophe_free(x->strophe);
	x->strophe = NULL;
	try_next(x);
}

static void deliver(struct xmpp *x, const struct letter *e)
{
	switch (e->kind) {
	case STROPHE_ONLINE:
		uv_timer_stop(&x->watchdog);
		x->online = true;
		x->events->online(x->arg, e->text);
		break;
	case STROPHE_STANZA:
		x->events->stanza(x->arg, e->text, e->len);
		break;
	case STROPHE_ENDED:
		on_stream_ended(x, (enum xmpp_end)e->detail, e->text);
		break;
	}
}

static void on_async(uv_async_t *h)
{
	struct xmpp *x = h->data;
	struct letter *e, *next;

	if (x->strophe == NULL)
		return;
	/* An event may free x; its memory stays until the handles are closed. */
	for (e = strophe_letters(x->strophe); e != NULL; e = next) {
		next = e->next;
		if (!x->freed && !x->ended)
			deliver(x, e);
		free(e);
	}
}

static void wake(void *arg)
{
	struct xmpp *x = arg;

	uv_async_send(&x->async);
}

static void on_watchdog(uv_timer_t *t)
{
	struct xmpp *x = t->data;

	if (x->strophe != NULL)
		strophe_break(x->strophe, XMPP_END_TIMEOUT, "the server did not answer in time");
	else if (x->close_wanted)
		end(x, XMPP_END_CLOSED, "closed");
	else if (x->race != NULL)
		end(x, XMPP_END_TIMEOUT, "the server did not answer in time");
	else
		end(x, XMPP_END_TIMEOUT, "the server's name was not resolved in time");
}

static void watch(struct xmpp *x, uint64_t most_ms)
{
	uint64_t now = uv_now(x->async.loop), left = now < x->deadline ? x->deadline - now : 0;

	uv_timer_start(&x->watchdog, on_watchdog, left < most_ms ? left : most_ms, 0);
}

/* Takes this one from what is left. */
static void start_stream(struct xmpp *x, size_t i)
{
	x->target = x->targets[i];
	x->n_targets--;
	memmove(x->targets + i, x->targets + i + 1, (x->n_targets - i) * sizeof *x->targets);
	log_debug("connecting host=%s address=%s port=%d security=%s", x->target.host,
	          x->target.address, x->target.port, xmpp_security_names[x->target.security]);
	x->strophe = strophe_start(&x->options, &x->target, wake, x);
	watch(x, x->n_targets > 0 ? TARGET_MS : UINT64_MAX);
}

static void on_race(void *arg, int winner, const char *why)
{
	struct xmpp *x = arg;

	race_free(x->race);
	x->race = NULL;
	if (winner >= 0) {
		start_stream(x, (size_t)winner);
		return;
	}
	remember(x, XMPP_END_CONNECT, why);
	end(x, x->end, x->why);
}

/* One that stands alone needs no race: its own connecting shows whether it is there. */
static void try_next(struct xmpp *x)
{
	if (x->n_targets == 1) {
		start_stream(x, 0);
		return;
	}
	x->race = race_start(x->async.loop, x->targets, x->n_targets, on_race, x);
	watch(x, UINT64_MAX);
}

static void on_found(void *arg, const struct finder_target *targets, size_t n)
{
	struct xmpp *x = arg;

	memcpy(x->targets, targets, n * sizeof *targets);
	x->n_targets = n;
	finder_free(x->finder);
	x->finder = NULL;
	try_next(x);
}

static void on_not_found(void *arg, enum xmpp_end how, const char *why)
{
	end(arg, how, why);
}

static const struct finder_events finder_events = { on_found, on_not_found };

static void find(struct xmpp *x)
{
	size_t len;
	const char *domain = jid_domain(x->options.jid, &len);
	char *name = mem_strndup(domain, len);
	const struct finder_options options = {
		.domain = name, .hosts = x->options.host, .port = x->options.port,
		.security = x->options.security,
	};

	x->finder = finder_start(x->async.loop, &options, &finder_events, x);
	free(name);
}

struct xmpp *xmpp_connect(uv_loop_t *loop, const struct xmpp_options *options,
                          const struct xmpp_events *events, void *arg)
{
	struct xmpp *x = mem_zero(1, sizeof *x);

	xmpp_options_copy(&x->options, options);
	x->events = events;
	x->arg = arg;
	x->users = 2;
	x->deadline = uv_now(loop) + (uint64_t)options->connect_ms;
	uv_async_init(loop, &x->async, on_async);
	uv_timer_init(loop, &x->watchdog);
	x->async.data = x->watchdog.data = x;
	find(x);
	watch(x, UINT64_MAX);
	return x;
}

void xmpp_send_text(struct xmpp *x, const char *text, size_t len)
{
	if (x->strophe != NULL && !x->ended && !x->close_wanted)
		strophe_send(x->strophe, text, len);
}

int64_t xmpp_idle_s(const struct xmpp *x)
{
	return x->strophe == NULL ? -1 : strophe_idle_s(x->strophe);
}

int xmpp_local_port(const struct xmpp *x)
{
	return x->strophe == NULL ? 0 : strophe_local_port(x->strophe);
}

bool xmpp_has_path(const struct xmpp *x)
{
	return x->strophe == NULL || strophe_has_path(x->strophe);
}

static void stop_looking(struct xmpp *x)
{
	finder_free(x->finder);
	race_free(x->race);
	x->finder = NULL;
	x->race = NULL;
}

void xmpp_close(struct xmpp *x)
{
	x->close_wanted = true;
	stop_looking(x);
	if (x->strophe != NULL)
		strophe_close(x->strophe);
	else
		uv_timer_start(&x->watchdog, on_watchdog, 0, 0);
}

void xmpp_destroy(struct xmpp *x)
{
	if (x == NULL || x->freed)
		return;
	x->freed = true;
	stop_looking(x);
	strophe_free(x->strophe);
	x->strophe = NULL;
	uv_close((uv_handle_t *)&x->async, on_closed);
	uv_close((uv_handle_t *)&x->watchdog, on_closed);
}
