#include "test/unit/link_fixture.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"

uv_loop_t link_loop;
unsigned link_onlines, link_offlines, link_fatals, link_stanzas, server_accepted;
bool link_free_in_stanza;

const char server_greeting[] =
	"<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
	"xmlns:stream='http://etherx.jabber.org/streams' from='devices.example.com' id='3BF96D32'>"
	"<handshake/>";

struct peer {
	uv_tcp_t tcp;
	char buffer[4096], heard[8192];
	size_t n_heard;
};

static struct link *tested;
static uv_tcp_t listener;
static uv_timer_t limit;
static struct peer *newest;
static struct { const char *text; size_t len; bool closing; } says;

static void free_link(void)
{
	link_free(tested);
	tested = NULL;
}

/* The link's events. */

static void on_online(void *arg)
{
	(void)arg;
	link_onlines++;
}

static void on_offline(void *arg)
{
	(void)arg;
	link_offlines++;
}

static void on_stanza(void *arg, const struct xml *stanza, const char *cut)
{
	(void)arg, (void)stanza, (void)cut;
	link_stanzas++;
	link_send(tested, "<message/>", 10);
	if (link_free_in_stanza)
		free_link();
}

static void on_drained(void *arg)
{
	(void)arg;
}

static void on_fatal(void *arg)
{
	(void)arg;
	link_fatals++;
}

static const struct link_events events = { on_online, on_offline, on_stanza, on_drained, on_fatal };

/* The server. */

static void on_peer_closed(uv_handle_t *h)
{
	if (newest == h->data)
		newest = NULL;
	free(h->data);
}

static void close_peer(uv_handle_t *h)
{
	if (!uv_is_closing(h))
		uv_close(h, on_peer_closed);
}

static void on_buffer(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
	struct peer *p = h->data;

	(void)suggested;
	*buf = uv_buf_init(p->buffer, sizeof p->buffer);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
	struct peer *p = s->data;
	size_t room = sizeof p->heard - 1 - p->n_heard;

	if (n < 0) {
		close_peer((uv_handle_t *)s);
		return;
	}
	if ((size_t)n < room)
		room = (size_t)n;
	memcpy(p->heard + p->n_heard, buf->base, room);
	p->n_heard += room;
}

struct write {
	uv_write_t req;
	bool closing;
};

static void on_written(uv_write_t *req, int status)
{
	struct write *w = (struct write *)(void *)req;

	if (status != UV_ECANCELED && w->closing)
		close_peer((uv_handle_t *)req->handle);
	free(w);
}

static void write_to(struct peer *p, const char *text, size_t len, bool closing)
{
	struct write *w = mem_zero(1, sizeof *w);
	uv_buf_t buf = uv_buf_init((char *)(uintptr_t)text, (unsigned)len);

	w->closing = closing;
	if (uv_write(&w->req, (uv_stream_t *)&p->tcp, &buf, 1, on_written) != 0)
		abort();
}

static void on_connection(uv_stream_t *s, int status)
{
	struct peer *p = mem_zero(1, sizeof *p);

	if (status != 0 || uv_tcp_init(&link_loop, &p->tcp) != 0 ||
	    uv_accept(s, (uv_stream_t *)&p->tcp) != 0)
		abort();
	p->tcp.data = p;
	newest = p;
	server_accepted++;
	uv_read_start((uv_stream_t *)&p->tcp, on_buffer, on_read);
	write_to(p, says.text, says.len, says.closing);
}

const char *server_heard(void)
{
	return newest == NULL ? "" : newest->heard;
}

void server_say(const char *text)
{
	write_to(newest, text, strlen(text), false);
}

void server_hang_up(void)
{
	close_peer((uv_handle_t *)&newest->tcp);
}

static int listen_on_loopback(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int n = sizeof any;

	if (uv_tcp_init(&link_loop, &listener) != 0 ||
	    uv_tcp_bind(&listener, (const struct sockaddr *)&any, 0) != 0 ||
	    uv_listen((uv_stream_t *)&listener, 16, on_connection) != 0 ||
	    uv_tcp_getsockname(&listener, (struct sockaddr *)&any, &n) != 0)
		abort();
	return ntohs(any.sin_port);
}

/* From start to stop. */

void link_fixture_start(const char *text, size_t len, bool closing)
{
	log_set_level(LOG_LEVEL_ERROR);
	signal(SIGPIPE, SIG_IGN);
	link_onlines = link_offlines = link_fatals = link_stanzas = server_accepted = 0;
	link_free_in_stanza = false;
	newest = NULL;
	says.text = text;
	says.len = len;
	says.closing = closing;
	if (uv_loop_init(&link_loop) != 0)
		abort();
	uv_timer_init(&link_loop, &limit);
	tested = link_new(&link_loop, &(struct link_options){ "127.0.0.1", listen_on_loopback(),
	                                                      "devices.example.com", "secret" },
	                  &events, NULL);
}

static void close_server(uv_handle_t *h, void *arg)
{
	(void)arg;
	if (h->type == UV_TCP && h != (uv_handle_t *)&listener && ((struct peer *)h->data) == newest &&
	    newest != NULL)
		close_peer(h);
}

void link_fixture_stop(void)
{
	free_link();
	uv_close((uv_handle_t *)&listener, NULL);
	uv_close((uv_handle_t *)&limit, NULL);
	uv_walk(&link_loop, close_server, NULL);
	uv_run(&link_loop, UV_RUN_DEFAULT);
	if (uv_loop_close(&link_loop) != 0)
		abort();
}

static bool is_late;

static void on_limit(uv_timer_t *t)
{
	(void)t;
	is_late = true;
}

bool link_run(const unsigned *counter, unsigned n, unsigned ms)
{
	uv_update_time(&link_loop);
	is_late = false;
	/* Again and again: fired before the loop polls, it would let it sleep for ever. */
	uv_timer_start(&limit, on_limit, ms, 10);
	while (*counter < n && !is_late)
		uv_run(&link_loop, UV_RUN_ONCE);
	uv_timer_stop(&limit);
	return *counter >= n;
}

struct link *link_under_test(void)
{
	return tested;
}
