#include "device/bosh.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/clock.h"
#include "common/mem.h"
#include "device/bosh_body.h"
#include "device/bosh_stream.h"

#define LOG_MODULE "bosh"
#include "common/log.h"

#define NS_SASL "urn:ietf:params:xml:ns:xmpp-sasl"

#define LINGER_MS 2000
/* A client that has lost its power is to be noticed. */
#define CLIENT_PROBE_S 60
/* Beyond these the one side waits for the other. */
#define TO_SERVER_BYTES (1u << 20)
#define TO_CLIENT_BYTES (1u << 20)

struct bosh {
	uv_loop_t *loop;
	const struct bosh_events *events;
	void *arg;
	char *domain;
	int64_t wait_s;
	int port;

	bool listens;
	uv_tcp_t door;                /* then */
	uv_tcp_t *client;             /* NULL: it has not come, or has gone */
	uv_timer_t timer, linger;
	unsigned handles;
	char buffer[16384];
	struct xml_stream *parser;    /* of what the client sends */
	bool admitted;                /* the client has come */
	bool restarts;                /* what it sends next is a new stream */
	bool headed;                  /* it has the header of the stream that it is in */
	bool stopped;                 /* nothing is read from it: the server takes no more */
	bool logged_in;
	bool ending;                  /* what the client is still to hear is on its way */
	bool detached;

	struct bosh_session *session; /* since the client's first header */
	struct bosh_http *http;
};

static void pump(struct bosh *b);

/* To the client. */

struct write {
	uv_write_t req;
	char text[];
};

static void on_written(uv_write_t *req, int status)
{
	struct bosh *b = req->data;

	free(req);
	if (status != UV_ECANCELED)
		pump(b);
}

static void write_to_client(struct bosh *b, const char *text, size_t len)
{
	struct write *w;
	uv_buf_t buf;

	if (b->client == NULL)
		return;
	w = mem_alloc(sizeof *w + len);
	memcpy(w->text, text, len);
	w->req.data = b;
	buf = uv_buf_init(w->text, (unsigned)len);
	if (uv_write(&w->req, (uv_stream_t *)b->client, &buf, 1, on_written) != 0)
		free(w);
}

static void give_to_client(struct bosh *b, char *text, size_t len)
{
	write_to_client(b, text, len);
	free(text);
}

/* The client waits for one. */
static void write_header(struct bosh *b)
{
	size_t len;
	char *text = bosh_stream_header(b->domain, &len);

	give_to_client(b, text, len);
	b->headed = true;
}

static void on_child(void *arg, const struct xml *el)
{
	struct bosh *b = arg;
	size_t len;
	char *text;

	if (!b->headed)
		write_header(b);
	text = xml_is(el, "features", XML_STREAM_NS) ? bosh_stream_features(el, &len)
	                                             : bosh_stanza(el, &len);
	give_to_client(b, text, len);
	if (xml_is(el, "success", NS_SASL)) {
		b->restarts = b->logged_in = true;
		b->headed = false;
	}
}

static void on_linger(uv_timer_t *t);

static void on_shut(uv_shutdown_t *req, int status)
{
	struct bosh *b = req->data;

	free(req);
	if (status == UV_ECANCELED)
		return;
	b->ending = false;
	if (b->detached && (b->session == NULL || !bosh_session_exists(b->session)))
		uv_timer_start(&b->linger, on_linger, 0, 0);
}

static void end_client(struct bosh *b)
{
	uv_shutdown_t *req;

	if (b->client == NULL || b->ending)
		return;
	if (b->headed)
		write_to_client(b, BOSH_STREAM_END, strlen(BOSH_STREAM_END));
	req = mem_alloc(sizeof *req);
	req->data = b;
	b->ending = uv_shutdown(req, (uv_stream_t *)b->client, on_shut) == 0;
	if (!b->ending)
		free(req);
}

void bosh_tell(struct bosh *b, const char *text)
{
	size_t len;
	char *error = bosh_stream_error(text, &len);

	if (!b->headed)
		write_header(b);
	give_to_client(b, error, len);
	end_client(b);
}

/* Ending: all goes in a turn of the loop of its own. */

static void on_closed(uv_handle_t *handle)
{
	struct bosh *b = handle->data;

	if (--b->handles > 0)
		return;
	bosh_session_free(b->session);
	xml_stream_free(b->parser);
	free(b->domain);
	free(b);
}

static void on_client_closed(uv_handle_t *handle)
{
	free(handle);
}

static void drop_client(struct bosh *b)
{
	if (b->client != NULL)
		uv_close((uv_handle_t *)b->client, on_client_closed);
	b->client = NULL;
	b->ending = false;
}

static void on_linger(uv_timer_t *t)
{
	struct bosh *b = t->data;

	bosh_http_free(b->http);
	b->http = NULL;
	drop_client(b);
	if (b->listens)
		uv_close((uv_handle_t *)&b->door, on_closed);
	uv_close((uv_handle_t *)&b->timer, on_closed);
	uv_close((uv_handle_t *)&b->linger, on_closed);
}

static void on_ended(void *arg, enum bosh_end end, const char *text)
{
	struct bosh *b = arg;

	log_debug("session ended: %s", text);
	if (b->detached) {
		uv_timer_start(&b->linger, on_linger, 0, 0);
		return;
	}
	if (end != BOSH_END_LOST)
		end_client(b);
	b->events->ended(b->arg, end == BOSH_END_LOST ? text : NULL);
}

static const struct bosh_session_events session_events = { on_child, on_ended };

/* From the client. */

static int64_t first_rid(void)
{
	uint32_t number = 0;

	if (getrandom(&number, sizeof number, 0) != sizeof number)
		mem_fatal();
	return (int64_t)number + 1;
}

static void on_open(void *arg, const struct xml *header)
{
	struct bosh *b = arg;
	struct bosh_session_options options = {
		.lang = xml_get(header, "xml:lang"), .wait_s = b->wait_s, .rid = first_rid()
	};

	if (b->session != NULL) {
		bosh_session_restart(b->session);
		return;
	}
	if (b->domain == NULL)
		b->domain = mem_strdup(xml_get(header, "to"));
	options.to = b->domain;
	b->session = bosh_session_new(&options, &session_events, b);
}

static void on_stanza(void *arg, const struct xml *stanza, const char *cut)
{
	struct bosh *b = arg;

	if (cut != NULL)
		log_warn("a stanza is not sent: %s", cut);
	else
		bosh_session_send(b->session, stanza);
}

/* The client wants to end, or has gone. */
static void close_session(struct bosh *b)
{
	if (b->session != NULL)
		bosh_session_close(b->session);
	else if (!b->detached)
		b->events->ended(b->arg, NULL);
}

static void on_close(void *arg)
{
	close_session(arg);
}

static const struct xml_stream_events parser_events = { on_open, on_stanza, on_close };

static void feed(struct bosh *b, const char *bytes, size_t len)
{
	const char *why;

	if (b->restarts) {
		xml_stream_free(b->parser);
		b->parser = NULL;
		b->restarts = false;
	}
	if (b->parser == NULL)
		b->parser = xml_stream_new(&xml_limits_stanza, &parser_events, b);
	if (xml_stream_feed(b->parser, bytes, len, &why))
		return;
	log_warn("the client's stream is broken: %s", why);
	drop_client(b);
	close_session(b);
}

static void on_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct bosh *b = handle->data;

	(void)suggested;
	*buf = uv_buf_init(b->buffer, sizeof b->buffer);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct bosh *b = stream->data;

	if (n > 0) {
		feed(b, buf->base, (size_t)n);
	} else if (n < 0) {
		drop_client(b);
		close_session(b);
	}
	pump(b);
}

static void take_client(struct bosh *b, uv_tcp_t *client)
{
	b->admitted = true;
	b->client = client;
	client->data = b;
	uv_tcp_nodelay(client, 1);
	uv_tcp_keepalive(client, 1, CLIENT_PROBE_S);
	uv_read_start((uv_stream_t *)client, on_buffer, on_read);
}

static bool is_admitted(struct bosh *b, uv_tcp_t *tcp)
{
	struct sockaddr_in peer;
	int len = sizeof peer;

	return !b->admitted && !b->detached &&
	       uv_tcp_getpeername(tcp, (struct sockaddr *)&peer, &len) == 0 &&
	       b->events->admits(b->arg, ntohs(peer.sin_port));
}

static void on_connection(uv_stream_t *door, int status)
{
	struct bosh *b = door->data;
	uv_tcp_t *tcp;

	if (status != 0)
		return;
	tcp = mem_zero(1, sizeof *tcp);
	uv_tcp_init(b->loop, tcp);
	tcp->data = b;
	if (uv_accept(door, (uv_stream_t *)tcp) != 0 || !is_admitted(b, tcp)) {
		uv_close((uv_handle_t *)tcp, on_client_closed);
		return;
	}
	take_client(b, tcp);
}

/* Between the session and HTTP. */

static void take_status(struct bosh *b, int64_t rid, const struct bosh_answer *answer)
{
	char why[64];

	snprintf(why, sizeof why, "HTTP status %d", answer->status);
	/* What servers say of sessions that they do not know (XEP-0124 section 17.3). */
	if (answer->status == 400 || answer->status == 403 || answer->status == 404)
		bosh_session_refused(b->session, why);
	else
		bosh_session_failed(b->session, clock_mono_ms(), rid, answer->held, why);
}

static void on_done(void *arg, int64_t rid, const struct bosh_answer *answer)
{
	struct bosh *b = arg;

	if (answer->status == 200)
		bosh_session_answered(b->session, clock_mono_ms(), rid, answer->rtt_ms, answer->body,
		                      answer->len);
	else if (answer->status != 0)
		take_status(b, rid, answer);
	else
		bosh_session_failed(b->session, clock_mono_ms(), rid, answer->held, answer->error);
	pump(b);
}

static void on_timer(uv_timer_t *t)
{
	pump(t->data);
}

static void read_or_wait(struct bosh *b)
{
	bool full = bosh_session_waiting(b->session) > TO_SERVER_BYTES;

	if (b->client == NULL || full == b->stopped)
		return;
	b->stopped = full;
	if (full)
		uv_read_stop((uv_stream_t *)b->client);
	else
		uv_read_start((uv_stream_t *)b->client, on_buffer, on_read);
}

static void end_overdue(struct bosh *b, int64_t now)
{
	int64_t rid;

	while (bosh_session_overdue(b->session, now, &rid)) {
		bosh_http_cancel(b->http, rid);
		bosh_session_failed(b->session, now, rid, false, "no answer in time");
	}
}

/* Whether the client can take more. Between the success of its log-in and its new header it cannot:
 * any request draws Prosody's next features, which would reach it in the stream that is over. */
static bool takes_more(const struct bosh *b)
{
	return b->client == NULL || (!b->restarts &&
	       uv_stream_get_write_queue_size((uv_stream_t *)b->client) < TO_CLIENT_BYTES);
}

/* Does all that is due. */
static void pump(struct bosh *b)
{
	struct bosh_request request;
	int64_t now = clock_mono_ms(), due;
	bool polls;

	if (b->session == NULL || b->http == NULL)
		return;
	polls = takes_more(b);
	end_overdue(b, now);
	while (bosh_session_next(b->session, now, polls, &request))
		bosh_http_post(b->http, &request);
	read_or_wait(b);
	due = bosh_session_due(b->session, polls);
	uv_update_time(b->loop);
	if (due == INT64_MAX)
		uv_timer_stop(&b->timer);
	else
		uv_timer_start(&b->timer, on_timer, due > now ? (uint64_t)(due - now) : 0, 0);
}

/* For others. */

static struct bosh *make(uv_loop_t *loop, const struct bosh_options *options,
                         const struct bosh_events *events, void *arg)
{
	struct bosh *b = mem_zero(1, sizeof *b);

	b->loop = loop;
	b->events = events;
	b->arg = arg;
	b->domain = mem_strdup(options->domain);
	b->wait_s = options->wait_s;
	b->handles = 2;
	uv_timer_init(loop, &b->timer);
	uv_timer_init(loop, &b->linger);
	b->timer.data = b->linger.data = b;
	b->http = bosh_http_new(loop, &options->http, on_done, b);
	return b;
}

static int listen_at(struct bosh *b)
{
	struct sockaddr_in address;
	int len = sizeof address, rc;

	uv_ip4_addr("127.0.0.1", 0, &address);
	if ((rc = uv_tcp_bind(&b->door, (struct sockaddr *)&address, 0)) != 0 ||
	    (rc = uv_listen((uv_stream_t *)&b->door, 4, on_connection)) != 0 ||
	    (rc = uv_tcp_getsockname(&b->door, (struct sockaddr *)&address, &len)) != 0)
		return rc;
	b->port = ntohs(address.sin_port);
	return 0;
}

struct bosh *bosh_open(uv_loop_t *loop, const struct bosh_options *options,
                       const struct bosh_events *events, void *arg)
{
	struct bosh *b = make(loop, options, events, arg);
	int rc;

	b->handles++;
	b->listens = true;
	uv_tcp_init(loop, &b->door);
	b->door.data = b;
	if ((rc = listen_at(b)) != 0) {
		log_error("cannot listen on 127.0.0.1: %s", uv_strerror(rc));
		bosh_free(b);
		return NULL;
	}
	return b;
}

struct bosh *bosh_attach(uv_loop_t *loop, const struct bosh_options *options, uv_tcp_t *client,
                         const struct bosh_events *events, void *arg)
{
	struct bosh *b = make(loop, options, events, arg);

	take_client(b, client);
	return b;
}

bool bosh_is_logged_in(const struct bosh *b)
{
	return b->logged_in;
}

int bosh_port(const struct bosh *b)
{
	return b->port;
}

int64_t bosh_idle_s(const struct bosh *b)
{
	return bosh_http_idle_s(b->http);
}

bool bosh_has_path(const struct bosh *b)
{
	return b->http == NULL || bosh_http_has_path(b->http);
}

void bosh_free(struct bosh *b)
{
	bool lives;

	if (b == NULL || b->detached)
		return;
	b->detached = true;
	if (!b->ending)
		drop_client(b);
	lives = b->session != NULL && bosh_session_exists(b->session);
	uv_timer_start(&b->linger, on_linger, lives || b->ending ? LINGER_MS : 0, 0);
	if (lives) {
		bosh_session_close(b->session);
		uv_timer_start(&b->timer, on_timer, 0, 0);
	}
}
