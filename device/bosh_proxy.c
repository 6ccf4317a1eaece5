#include "device/bosh_proxy.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>

#include "common/mem.h"
#include "device/bosh.h"
#include "device/config_bosh.h"
#include "device/known_time.h"

#define LOG_MODULE "bosh-proxy"
#include "common/log.h"

#define LOGIN_MS 60000            /* who has not logged in then makes room */

struct guest {
	struct guest *next;
	struct proxy *proxy;
	struct bosh *bosh;
	uv_timer_t login;
	char address[INET6_ADDRSTRLEN];
};

struct proxy {
	uv_loop_t loop;
	uv_tcp_t door;
	uv_signal_t sigterm, sigint;
	struct bosh_options options;
	struct guest *guests;
	int64_t n, max;
	int64_t told;                 /* when it was last said that there is no room */
};

/* A guest. */

static void on_guest_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void remove_guest(struct guest *g)
{
	struct guest **at = &g->proxy->guests;

	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	g->proxy->n--;
	bosh_free(g->bosh);
	uv_close((uv_handle_t *)&g->login, on_guest_closed);
}

static void end_guest(struct guest *g, const char *why)
{
	log_info("ended client=%s: %s", g->address, why);
	bosh_tell(g->bosh, why);
	remove_guest(g);
}

static void on_ended(void *arg, const char *text)
{
	struct guest *g = arg;

	if (text != NULL) {
		end_guest(g, text);
		return;
	}
	log_info("gone client=%s", g->address);
	remove_guest(g);
}

static const struct bosh_events events = { .ended = on_ended };

static void on_login_over(uv_timer_t *t)
{
	struct guest *g = t->data;

	if (!bosh_is_logged_in(g->bosh))
		end_guest(g, "not logged in for 60 s");
}

static void on_refused(uv_handle_t *handle)
{
	free(handle);
}

static void take_address(struct guest *g, const uv_tcp_t *tcp)
{
	struct sockaddr_storage peer;
	int len = sizeof peer;

	if (uv_tcp_getpeername(tcp, (struct sockaddr *)&peer, &len) == 0)
		uv_ip_name((struct sockaddr *)&peer, g->address, sizeof g->address);
}

static void add_guest(struct proxy *p, uv_tcp_t *tcp)
{
	struct guest *g = mem_zero(1, sizeof *g);

	g->proxy = p;
	g->next = p->guests;
	p->guests = g;
	p->n++;
	take_address(g, tcp);
	uv_timer_init(&p->loop, &g->login);
	g->login.data = g;
	uv_timer_start(&g->login, on_login_over, LOGIN_MS, 0);
	g->bosh = bosh_attach(&p->loop, &p->options, tcp, &events, g);
	log_info("connected client=%s clients=%lld", g->address, (long long)p->n);
}

static void on_connection(uv_stream_t *door, int status)
{
	struct proxy *p = door->data;
	uv_tcp_t *tcp;

	if (status != 0)
		return;
	tcp = mem_zero(1, sizeof *tcp);
	uv_tcp_init(&p->loop, tcp);
	if (uv_accept(door, (uv_stream_t *)tcp) == 0 && p->n < p->max) {
		add_guest(p, tcp);
		return;
	}
	if (log_may(&p->told))
		log_warn("a client is turned away clients=%lld", (long long)p->n);
	uv_close((uv_handle_t *)tcp, on_refused);
}

/* The process. */

static void on_signal(uv_signal_t *handle, int number)
{
	struct proxy *p = handle->data;

	log_info("ending signal=%d", number);
	while (p->guests != NULL)
		end_guest(p->guests, "the proxy ends");
	uv_close((uv_handle_t *)&p->door, NULL);
	uv_close((uv_handle_t *)&p->sigterm, NULL);
	uv_close((uv_handle_t *)&p->sigint, NULL);
}

static void listen_to(struct proxy *p, uv_signal_t *handle, int number)
{
	uv_signal_init(&p->loop, handle);
	handle->data = p;
	uv_signal_start(handle, on_signal, number);
}

static int listen_at(struct proxy *p, const char *text)
{
	struct sockaddr_storage address;
	int rc = UV_EINVAL;

	uv_tcp_init(&p->loop, &p->door);
	p->door.data = p;
	if (config_listen(text, &address))
		rc = uv_tcp_bind(&p->door, (struct sockaddr *)&address, 0);
	if (rc == 0)
		rc = uv_listen((uv_stream_t *)&p->door, 64, on_connection);
	if (rc != 0)
		log_error("cannot listen on %s: %s", text, uv_strerror(rc));
	return rc;
}

int bosh_proxy_run(const struct config *c)
{
	struct proxy p = { .max = c->clients };
	int rc;

	config_bosh_options(c, known_time(NULL), &p.options);
	if (uv_loop_init(&p.loop) != 0) {
		log_error("no event loop");
		return 1;
	}
	listen_to(&p, &p.sigterm, SIGTERM);
	listen_to(&p, &p.sigint, SIGINT);
	rc = listen_at(&p, c->listen);
	if (rc == 0)
		log_info("listening address=%s url=%s", c->listen, c->bosh_url);
	else
		on_signal(&p.sigterm, 0);
	uv_run(&p.loop, UV_RUN_DEFAULT);
	uv_loop_close(&p.loop);
	return rc != 0;
}
