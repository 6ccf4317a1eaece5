#include "common/xmpp.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/jid.h"
#include "common/mem.h"
#include "common/strophe.h"

#define ADDRESSES_MAX 8

const char *const xmpp_security_names[] = { "starttls", "direct-tls", "plain", NULL };

struct xmpp {
	struct xmpp_options options;       /* its strings are ours */
	const struct xmpp_events *events;
	void *arg;
	struct strophe *strophe;           /* once the addresses are known */
	uv_async_t async;
	uv_timer_t watchdog;
	uv_getaddrinfo_t resolve;
	unsigned users;                    /* handles and requests that still point here */
	bool freed, ended, close_wanted, resolving;
};

static void let_go(struct xmpp *x)
{
	if (--x->users > 0)
		return;
	xmpp_options_free(&x->options);
	free(x);
}

static void on_closed(uv_handle_t *h)
{
	let_go(h->data);
}

static void end(struct xmpp *x, enum xmpp_end how, const char *text)
{
	if (x->ended || x->freed)
		return;
	x->ended = true;
	uv_timer_stop(&x->watchdog);
	x->events->ended(x->arg, how, text);
}

static void deliver(struct xmpp *x, const struct letter *e)
{
	switch (e->kind) {
	case STROPHE_ONLINE:
		uv_timer_stop(&x->watchdog);
		x->events->online(x->arg, e->text);
		break;
	case STROPHE_STANZA:
		x->events->stanza(x->arg, e->text, e->len);
		break;
	case STROPHE_ENDED:
		end(x, (enum xmpp_end)e->detail, e->text);
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
	else
		end(x, XMPP_END_TIMEOUT, "the server's name was not resolved in time");
}

static bool is_loopback(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)sa;

		return (ntohl(in->sin_addr.s_addr) >> 24) == 127;
	}
	return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr);
}

static void on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *list)
{
	struct xmpp *x = req->data;
	char text[ADDRESSES_MAX][INET6_ADDRSTRLEN];
	const char *addresses[ADDRESSES_MAX + 1] = { NULL };
	size_t n = 0;
	bool refused = false;

	x->resolving = false;
	for (struct addrinfo *a = list; a != NULL && n < ADDRESSES_MAX; a = a->ai_next) {
		if (a->ai_family != AF_INET && a->ai_family != AF_INET6)
			continue;
		if (x->options.security == XMPP_PLAIN && !is_loopback(a->ai_addr)) {
			refused = true;
			continue;
		}
		if (uv_ip_name(a->ai_addr, text[n], sizeof text[n]) == 0) {
			addresses[n] = text[n];
			n++;
		}
	}
	uv_freeaddrinfo(list);
	if (x->close_wanted)
		end(x, XMPP_END_CLOSED, "closed");
	else if (status != 0 && !x->freed)
		end(x, XMPP_END_RESOLVE, uv_strerror(status));
	else if (n == 0 && refused)
		end(x, XMPP_END_TLS, "security = plain is for loopback addresses only");
	else if (n == 0)
		end(x, XMPP_END_RESOLVE, "the name has no address");
	else if (!x->freed && !x->ended)
		x->strophe = strophe_start(&x->options, addresses, wake, x);
	let_go(x);
}

static void resolve(struct xmpp *x)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP };
	char *host;
	size_t len;
	const char *domain = jid_domain(x->options.jid, &len);

	host = x->options.host != NULL ? mem_strdup(x->options.host) : mem_strndup(domain, len);
	x->resolve.data = x;
	if (uv_getaddrinfo(x->async.loop, &x->resolve, on_resolved, host, NULL, &hints) == 0) {
		x->users++;
		x->resolving = true;
	} else {
		x->options.connect_ms = 0;   /* the watchdog tells it in the next turn */
	}
	free(host);
}

struct xmpp *xmpp_connect(uv_loop_t *loop, const struct xmpp_options *options,
                          const struct xmpp_events *events, void *arg)
{
	struct xmpp *x = mem_zero(1, sizeof *x);

	xmpp_options_copy(&x->options, options);
	if (x->options.port == 0)
		x->options.port = options->security == XMPP_DIRECT_TLS ? 5223 : 5222;
	x->events = events;
	x->arg = arg;
	x->users = 2;
	uv_async_init(loop, &x->async, on_async);
	uv_timer_init(loop, &x->watchdog);
	x->async.data = x->watchdog.data = x;
	resolve(x);
	uv_timer_start(&x->watchdog, on_watchdog, (uint64_t)x->options.connect_ms, 0);
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

void xmpp_close(struct xmpp *x)
{
	x->close_wanted = true;
	if (x->strophe != NULL)
		strophe_close(x->strophe);
	else
		uv_cancel((uv_req_t *)&x->resolve);
}

void xmpp_destroy(struct xmpp *x)
{
	if (x == NULL || x->freed)
		return;
	x->freed = true;
	strophe_free(x->strophe);
	x->strophe = NULL;
	if (x->resolving)
		uv_cancel((uv_req_t *)&x->resolve);
	uv_close((uv_handle_t *)&x->async, on_closed);
	uv_close((uv_handle_t *)&x->watchdog, on_closed);
}
