#include "test/unit/bosh_fixture.h"

// link: device/bosh.o device/bosh_body.o device/bosh_http.o device/url.o device/bosh_session.o device/bosh_stream.o
// link: device/bosh_tls.o

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"

uv_loop_t bosh_loop;
struct bosh *bosh_tested;
unsigned bosh_endings, http_requests;
char bosh_end_text[300], http_body[8192];
bool bosh_admitting, bosh_free_at_end;

struct peer {
	uv_tcp_t tcp;
	struct peer *next;
	bool holds;
	size_t n;
	char buffer[8192 + 1];
};

static uv_tcp_t listener;
static uv_timer_t tick;
static struct peer *peers;
static const char *const *script;
static int client = -1;
static char said[65536];
static size_t n_said;
static bool client_ended;

/* The adapter's events. */

static bool on_admits(void *arg, int port)
{
	(void)arg;
	return bosh_admitting && port > 0;
}

static void on_ended(void *arg, const char *text)
{
	(void)arg;
	if (text == NULL)
		return;
	bosh_endings++;
	snprintf(bosh_end_text, sizeof bosh_end_text, "%s", text);
	if (bosh_free_at_end) {
		bosh_free(bosh_tested);
		bosh_tested = NULL;
	}
}

static const struct bosh_events events = { on_admits, on_ended };

/* The HTTP server. */

static void on_peer_closed(uv_handle_t *h)
{
	struct peer **p = &peers;

	while (*p != h->data)
		p = &(*p)->next;
	*p = (*p)->next;
	free(h->data);
}

static void close_peer(struct peer *p)
{
	if (!uv_is_closing((uv_handle_t *)&p->tcp))
		uv_close((uv_handle_t *)&p->tcp, on_peer_closed);
}

static void on_written(uv_write_t *req, int status)
{
	struct peer *p = req->data;

	if (status == 0 && p != NULL)
		close_peer(p);
	free(req);
}

static void put(struct peer *p, const char *text, size_t len, bool closing)
{
	uv_write_t *req = mem_alloc(sizeof *req + len);
	uv_buf_t buf = uv_buf_init((char *)(req + 1), (unsigned)len);

	memcpy(buf.base, text, len);
	req->data = closing ? p : NULL;
	if (uv_write(req, (uv_stream_t *)&p->tcp, &buf, 1, on_written) != 0)
		abort();
}

static void reply(struct peer *p, const char *text)
{
	char *all;

	p->holds = *text == '\0';
	if (p->holds)
		return;
	if (*text == '!') {
		put(p, text + 1, strlen(text + 1), true);
		return;
	}
	all = mem_printf("HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(text), text);
	put(p, all, strlen(all), false);
	free(all);
}

static void take_request(struct peer *p)
{
	char *body = strstr(p->buffer, "\r\n\r\n"), *length = strcasestr(p->buffer, "Content-Length:");

	if (body == NULL || length == NULL || strlen(body + 4) < strtoul(length + 15, NULL, 10))
		return;
	http_requests++;
	snprintf(http_body, sizeof http_body, "%s", body + 4);
	p->n = 0;
	reply(p, *script == NULL ? "" : *script++);
}

static void on_buffer(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
	struct peer *p = h->data;

	(void)suggested;
	*buf = uv_buf_init(p->buffer + p->n, (unsigned)(sizeof p->buffer - 1 - p->n));
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
	struct peer *p = s->data;

	(void)buf;
	if (n < 0) {
		close_peer(p);
		return;
	}
	p->n += (size_t)n;
	p->buffer[p->n] = '\0';
	take_request(p);
}

static void on_connection(uv_stream_t *s, int status)
{
	struct peer *p = mem_zero(1, sizeof *p);

	if (status != 0 || uv_tcp_init(&bosh_loop, &p->tcp) != 0 ||
	    uv_accept(s, (uv_stream_t *)&p->tcp) != 0)
		abort();
	p->tcp.data = p;
	p->next = peers;
	peers = p;
	uv_read_start((uv_stream_t *)&p->tcp, on_buffer, on_read);
}

void http_say(const char *body)
{
	struct peer *oldest = NULL;

	for (struct peer *p = peers; p != NULL; p = p->next) {
		if (p->holds)
			oldest = p;
	}
	if (oldest == NULL)
		abort();
	reply(oldest, body);
}

static int listen_on_loopback(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int n = sizeof any;

	if (uv_tcp_init(&bosh_loop, &listener) != 0 ||
	    uv_tcp_bind(&listener, (const struct sockaddr *)&any, 0) != 0 ||
	    uv_listen((uv_stream_t *)&listener, 16, on_connection) != 0 ||
	    uv_tcp_getsockname(&listener, (struct sockaddr *)&any, &n) != 0)
		abort();
	return ntohs(any.sin_port);
}

/* The client. */

void client_connect(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)bosh_port(bosh_tested)),
	                          .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	client = socket(AF_INET, SOCK_STREAM, 0);
	if (client < 0 || connect(client, (struct sockaddr *)&to, sizeof to) != 0 ||
	    fcntl(client, F_SETFL, O_NONBLOCK) != 0)
		abort();
	n_said = 0;
	*said = '\0';
	client_ended = false;
}

void client_say(const char *text)
{
	if (write(client, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
}

static void client_read(void)
{
	ssize_t n = client < 0 ? -1 : read(client, said + n_said, sizeof said - 1 - n_said);

	if (n > 0)
		n_said += (size_t)n;
	else if (n == 0 || (client >= 0 && errno != EAGAIN))
		client_ended = true;
	said[n_said] = '\0';
}

const char *client_heard(void)
{
	return said;
}

bool client_is_closed(void)
{
	return client_ended;
}

void client_close(void)
{
	if (client >= 0)
		close(client);
	client = -1;
}

/* From start to stop. */

static void on_tick(uv_timer_t *t)
{
	(void)t;
}

void bosh_fixture_start(const char *const *answers, const char *url)
{
	int port;
	char *own;

	log_set_level(LOG_LEVEL_ERROR);
	signal(SIGPIPE, SIG_IGN);
	bosh_endings = http_requests = 0;
	*http_body = *bosh_end_text = '\0';
	bosh_admitting = true;
	bosh_free_at_end = false;
	script = answers;
	if (uv_loop_init(&bosh_loop) != 0)
		abort();
	uv_timer_init(&bosh_loop, &tick);
	uv_timer_start(&tick, on_tick, 1, 1);
	port = listen_on_loopback();
	own = mem_printf("http://127.0.0.1:%d/bosh", port);
	bosh_tested = bosh_open(&bosh_loop, &(struct bosh_options){
		.http = { .url = url != NULL ? url : own, .proxy = "" },
		.domain = "example.com", .wait_s = 45 }, &events, NULL);
	free(own);
}

void bosh_fixture_turn(void)
{
	uv_run(&bosh_loop, UV_RUN_ONCE);
	client_read();
}

void bosh_fixture_stop(void)
{
	struct peer *next;

	bosh_free(bosh_tested);
	bosh_tested = NULL;
	client_close();
	uv_close((uv_handle_t *)&tick, NULL);
	uv_close((uv_handle_t *)&listener, NULL);
	uv_run(&bosh_loop, UV_RUN_NOWAIT);
	for (struct peer *p = peers; p != NULL; p = next) {
		next = p->next;
		close_peer(p);
	}
	uv_run(&bosh_loop, UV_RUN_DEFAULT);
	if (uv_loop_close(&bosh_loop) != 0)
		abort();
}
