#include "component/link.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"

#define LOG_MODULE "link"

#define NS_COMPONENT "jabber:component:accept"
#define READ_BYTES 65536
#define HANDSHAKE_MS 15000
#define CLOSE_MS 2000
#define BACKOFF_BASE_MS 1000
#define BACKOFF_CAP_MS 60000
#define BACKLOG_BREAK (64u << 20)     /* the server reads nothing any more */

enum state { DOWN, RESOLVING, CONNECTING, OPENING, SHAKING, ONLINE, CLOSING };

/* One TCP connection; it outlives its place in the link until its handle is
 * closed. */
struct connection {
	struct link *link;                /* NULL once it is given up */
	uv_tcp_t tcp;
	uv_connect_t connect;
	uv_write_t write;
	uv_timer_t linger;
	struct xml_stream *parser;
	char *pending, *writing;
	size_t pending_len, pending_cap, writing_len;
	bool is_writing, broken, closing;
	unsigned handles;
	char read_buffer[READ_BYTES];
};

struct link {
	struct link_options options;
	const struct link_events *events;
	void *arg;
	uv_loop_t *loop;
	uv_timer_t timer;                 /* of the handshake, or until the next try */
	uv_prepare_t flush;
	uv_getaddrinfo_t resolve;
	bool resolving, freed;
	unsigned handles;

	enum state state;
	struct connection *connection;
	struct addrinfo *addresses, *next_address;
	bool ever_online, in_parser;
	unsigned attempt;
	int64_t heard;
	const char *failed;               /* set while in the parser: give up afterwards */
	bool failed_fatal, conflict;
};

static void try_next_address(struct link *l);
static void start(struct link *l);

/* Connections. */

static void on_connection_handle_closed(uv_handle_t *h)
{
	struct connection *c = h->data;

	if (--c->handles > 0)
		return;
	xml_stream_free(c->parser);
	free(c->pending);
	free(c->writing);
	free(c);
}

static void close_connection(struct connection *c)
{
	if (c->closing)
		return;
	c->closing = true;
	uv_close((uv_handle_t *)&c->tcp, on_connection_handle_closed);
	uv_close((uv_handle_t *)&c->linger, on_connection_handle_closed);
}

static void drop_connection(struct link *l)
{
	if (l->connection == NULL)
		return;
	l->connection->link = NULL;
	close_connection(l->connection);
	l->connection = NULL;
}

static void put(struct connection *c, const char *text, size_t len)
{
	if (c->pending_len + len > c->pending_cap) {
		c->pending_cap = (c->pending_len + len) * 2;
		c->pending = mem_realloc(c->pending, c->pending_cap);
	}
	memcpy(c->pending + c->pending_len, text, len);
	c->pending_len += len;
}

static void on_written(uv_write_t *w, int status);

/* Else all that we send would lie at the server behind a tag that was cut. */
static void push_through(struct connection *c)
{
	size_t blanks = xml_blanks_behind(c->pending, c->pending_len);

	if (blanks == 0)
		return;
	c->pending = mem_realloc(c->pending, c->pending_len + blanks);
	memset(c->pending + c->pending_len, ' ', blanks);
	c->pending_len += blanks;
	c->pending_cap = c->pending_len;
}

static void flush(struct connection *c)
{
	uv_buf_t buf;

	if (c->is_writing || c->pending_len == 0 || c->closing || c->broken)
		return;
	if (c->link != NULL && c->link->state == ONLINE)
		push_through(c);
	free(c->writing);
	c->writing = c->pending;
	c->writing_len = c->pending_len;
	c->pending = NULL;
	c->pending_len = c->pending_cap = 0;
	buf = uv_buf_init(c->writing, (unsigned)c->writing_len);
	if (uv_write(&c->write, (uv_stream_t *)&c->tcp, &buf, 1, on_written) == 0)
		c->is_writing = true;
	else
		c->broken = true;    /* the read side will say so */
}

static size_t backlog(const struct connection *c)
{
	return c->pending_len + (c->is_writing ? c->writing_len : 0);
}

static void on_written(uv_write_t *w, int status)
{
	struct connection *c = w->handle->data;
	size_t before = backlog(c);
	struct link *l = c->link;

	c->is_writing = false;
	if (status != 0)
		return;
	flush(c);
	if (l != NULL && before >= LINK_BACKLOG_LOW && backlog(c) < LINK_BACKLOG_LOW)
		l->events->drained(l->arg);
}

/* Giving up and trying again. */

static void on_retry(uv_timer_t *t)
{
	start(t->data);
}

static void fail(struct link *l, const char *why, bool fatal)
{
	bool was_online = l->state == ONLINE;
	int64_t wait;

	drop_connection(l);
	uv_timer_stop(&l->timer);
	uv_freeaddrinfo(l->addresses);
	l->addresses = l->next_address = NULL;
	l->state = DOWN;
	if (fatal || (!l->ever_online && !l->conflict)) {
		log_error("%s server=%s:%d domain=%s", why, l->options.host, l->options.port,
		          l->options.domain);
		l->events->fatal(l->arg);
		return;
	}
	if (was_online)
		l->attempt = 0;
	wait = was_online ? 0 : backoff_ms(l->attempt++, BACKOFF_BASE_MS, BACKOFF_CAP_MS,
	                                   backoff_random());
	log_warn("%s server=%s:%d next_try_ms=%lld", why, l->options.host, l->options.port,
	         (long long)wait);
	uv_timer_start(&l->timer, on_retry, (uint64_t)wait, 0);
	if (was_online)
		l->events->offline(l->arg);
}

/* Within the parser nothing may be torn down: remember it for afterwards. */
static void fail_later(struct link *l, const char *why, bool fatal)
{
	if (l->freed)
		return;
	if (l->failed == NULL) {
		l->failed = why;
		l->failed_fatal = fatal;
	}
	xml_stream_stop(l->connection->parser);
}

/* What the server sends. */

static void send_handshake(struct link *l, const char *stream_id)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char digest[EVP_MAX_MD_SIZE];
	char *text = mem_printf("%s%s", stream_id, l->options.secret), digits[2 * EVP_MAX_MD_SIZE + 1];
	struct xml_writer w = { 0 };
	unsigned n = 0;
	size_t len;
	char *out;

	if (EVP_Digest(text, strlen(text), digest, &n, EVP_sha1(), NULL) != 1)
		mem_fatal();
	mem_wipe(text, strlen(text));
	for (unsigned i = 0; i < n; i++) {
		digits[2 * i] = hex[digest[i] >> 4];
		digits[2 * i + 1] = hex[digest[i] & 15];
	}
	digits[2 * n] = '\0';
	xml_element(&w, "handshake", NULL, digits);
	out = xml_take(&w, &len);
	put(l->connection, out, len);
	free(out);
	l->state = SHAKING;
}

static void on_header(void *arg, const struct xml *root)
{
	struct link *l = arg;
	const char *id = xml_get(root, "id");

	if (!xml_is(root, "stream", XML_STREAM_NS) || id == NULL) {
		fail_later(l, "this is no XMPP component port", false);
		return;
	}
	send_handshake(l, id);
}

static void on_stream_error(struct link *l, const struct xml *error)
{
	static char why[300];
	const struct xml *condition = xml_first(error);

	l->conflict = xml_child(error, "conflict", NULL) != NULL;
	if (xml_child(error, "not-authorized", NULL) != NULL)
		snprintf(why, sizeof why, "the server refused the component's secret");
	else if (xml_child(error, "host-unknown", NULL) != NULL)
		snprintf(why, sizeof why, "the server does not know this component");
	else if (l->conflict)
		snprintf(why, sizeof why, "the component is already connected from elsewhere");
	else
		snprintf(why, sizeof why, "stream error %s: %.200s",
		         condition != NULL ? condition->name : "",
		         xml_text_of(xml_child(error, "text", NULL)));
	fail_later(l, why, false);
}

static bool is_for_us(const struct link *l, const struct xml *stanza)
{
	const char *to = xml_get(stanza, "to"), *at, *domain;
	size_t n;

	if (to == NULL)
		return true;
	at = strpbrk(to, "@/");
	domain = at != NULL && *at == '@' ? at + 1 : to;
	n = strcspn(domain, "/");
	return strlen(l->options.domain) == n && strncasecmp(domain, l->options.domain, n) == 0;
}

static void on_stanza(void *arg, const struct xml *stanza, const char *cut)
{
	struct link *l = arg;

	if (l->freed)
		return;
	if (xml_is(stanza, "error", XML_STREAM_NS)) {
		on_stream_error(l, stanza);
	} else if (l->state == SHAKING && xml_is(stanza, "handshake", "")) {
		l->state = ONLINE;
		l->ever_online = true;
		l->attempt = 0;
		uv_timer_stop(&l->timer);
		log_info("online server=%s:%d domain=%s", l->options.host, l->options.port,
		         l->options.domain);
		l->events->online(l->arg);
	} else if (l->state == ONLINE && !is_for_us(l, stanza)) {
		log_error("a stanza for %s came, which is not ours: the server mixes components up; on "
		          "ejabberd give each component a listener (port) of its own",
		          xml_get(stanza, "to"));
		fail_later(l, "the server sends another component's stanzas", true);
	} else if (l->state == ONLINE) {
		l->events->stanza(l->arg, stanza, cut);
	}
}

static void on_close(void *arg)
{
	fail_later(arg, "the server closed the stream", false);
}

static const struct xml_stream_events parser_events = {
	.open = on_header, .stanza = on_stanza, .close = on_close,
};

static void feed(struct link *l, const char *bytes, size_t n)
{
	const char *why;

	l->heard = clock_mono_ms();
	l->in_parser = true;
	if (!xml_stream_feed(l->connection->parser, bytes, n, &why) && l->failed == NULL) {
		log_warn("what the server sends is no XMPP stream: %s", why);
		l->failed = "broken stream";
	}
	l->in_parser = false;
	if (l->failed != NULL && !l->freed) {
		const char *failed = l->failed;

		l->failed = NULL;
		fail(l, failed, l->failed_fatal);
	}
}

static void on_read_buffer(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
	struct connection *c = h->data;

	(void)suggested;
	*buf = uv_buf_init(c->read_buffer, sizeof c->read_buffer);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
	struct connection *c = s->data;

	if (c->link == NULL) {
		if (n < 0)
			close_connection(c);
	} else if (n > 0) {
		feed(c->link, buf->base, (size_t)n);
	} else if (n < 0) {
		fail(c->link, n == UV_EOF ? "the server closed the connection" : uv_strerror((int)n),
		     false);
	}
}

/* Connecting. */

static void on_handshake_late(uv_timer_t *t)
{
	fail(t->data, "the server did not answer in time", false);
}

static void open_stream(struct link *l)
{
	struct xml_writer w = { 0 };
	size_t len;
	char *text;

	/* The one element that stays open: written by hand around the escaped name. */
	xml_open(&w, "x", NULL);
	xml_attr(&w, "to", l->options.domain);
	xml_close(&w);
	text = xml_take(&w, &len);
	put(l->connection, "<?xml version='1.0'?><stream:stream xmlns='" NS_COMPONENT
	    "' xmlns:stream='" XML_STREAM_NS "'", strlen("<?xml version='1.0'?><stream:stream xmlns='"
	    NS_COMPONENT "' xmlns:stream='" XML_STREAM_NS "'"));
	put(l->connection, text + strlen("<x"), len - strlen("<x") - strlen("/>"));
	put(l->connection, ">", 1);
	free(text);
	l->state = OPENING;
}

static void on_connected(uv_connect_t *req, int status)
{
	struct connection *c = req->data;
	struct link *l = c->link;

	if (l == NULL)
		return;
	if (status != 0) {
		drop_connection(l);
		if (l->next_address != NULL)
			try_next_address(l);
		else
			fail(l, uv_strerror(status), false);
		return;
	}
	uv_tcp_nodelay(&c->tcp, 1);
	open_stream(l);
	flush(c);
	uv_read_start((uv_stream_t *)&c->tcp, on_read_buffer, on_read);
}

static void try_next_address(struct link *l)
{
	struct connection *c = mem_zero(1, sizeof *c);
	struct addrinfo *a = l->next_address;

	l->next_address = a->ai_next;
	c->link = l;
	c->handles = 2;
	uv_tcp_init(l->loop, &c->tcp);
	uv_timer_init(l->loop, &c->linger);
	c->tcp.data = c->linger.data = c->connect.data = c;
	c->parser = xml_stream_new(&xml_limits_stanza, &parser_events, l);
	l->connection = c;
	l->state = CONNECTING;
	if (uv_tcp_connect(&c->connect, &c->tcp, a->ai_addr, on_connected) != 0)
		fail(l, "cannot connect", false);
}

static void on_link_handle_closed(uv_handle_t *h)
{
	struct link *l = h->data;

	if (--l->handles == 0 && !l->resolving)
		free(l);
}

static void on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *list)
{
	struct link *l = req->data;

	l->resolving = false;
	if (l->freed) {
		uv_freeaddrinfo(list);
		if (l->handles == 0)
			free(l);
		return;
	}
	if (l->state != RESOLVING) {
		uv_freeaddrinfo(list);
		return;
	}
	if (status != 0) {
		fail(l, uv_strerror(status), false);
		return;
	}
	l->addresses = l->next_address = list;
	try_next_address(l);
}

static void start(struct link *l)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP };
	char port[8];

	snprintf(port, sizeof port, "%d", l->options.port);
	l->resolve.data = l;
	l->conflict = false;
	l->state = RESOLVING;
	uv_timer_start(&l->timer, on_handshake_late, HANDSHAKE_MS, 0);
	if (!l->resolving &&
	    uv_getaddrinfo(l->loop, &l->resolve, on_resolved, l->options.host, port, &hints) == 0)
		l->resolving = true;
}

static void on_prepare(uv_prepare_t *p)
{
	struct link *l = p->data;

	if (l->connection == NULL)
		return;
	flush(l->connection);
	if (backlog(l->connection) > BACKLOG_BREAK)
		fail(l, "the server takes nothing any more", false);
}

struct link *link_new(uv_loop_t *loop, const struct link_options *options,
                      const struct link_events *events, void *arg)
{
	struct link *l = mem_zero(1, sizeof *l);

	l->options = *options;
	l->events = events;
	l->arg = arg;
	l->loop = loop;
	l->handles = 2;
	uv_timer_init(loop, &l->timer);
	uv_prepare_init(loop, &l->flush);
	l->timer.data = l->flush.data = l;
	uv_prepare_start(&l->flush, on_prepare);
	start(l);
	return l;
}

bool link_is_online(const struct link *l)
{
	return l->state == ONLINE;
}

void link_send(struct link *l, const char *text, size_t len)
{
	if (l->state == ONLINE)
		put(l->connection, text, len);
}

size_t link_backlog(const struct link *l)
{
	return l->connection == NULL ? 0 : backlog(l->connection);
}

int64_t link_heard(const struct link *l)
{
	return l->heard;
}

void link_reconnect(struct link *l, const char *why)
{
	if (l->state == DOWN)
		return;
	if (l->in_parser)
		fail_later(l, why, false);
	else
		fail(l, why, false);
}

static void on_lingered(uv_timer_t *t)
{
	close_connection(t->data);
}

/* What is queued still leaves; then the peer's end, or two seconds, ends it. */
static void close_stream(struct link *l)
{
	struct connection *c = l->connection;

	if (l->state != ONLINE) {
		drop_connection(l);
		return;
	}
	put(c, "</stream:stream>", strlen("</stream:stream>"));
	c->link = NULL;
	l->connection = NULL;
	flush(c);
	uv_timer_start(&c->linger, on_lingered, CLOSE_MS, 0);
}

void link_free(struct link *l)
{
	if (l == NULL)
		return;
	l->freed = true;
	close_stream(l);
	l->state = DOWN;
	uv_freeaddrinfo(l->addresses);
	l->addresses = NULL;
	if (l->resolving)
		uv_cancel((uv_req_t *)&l->resolve);
	uv_close((uv_handle_t *)&l->timer, on_link_handle_closed);
	uv_close((uv_handle_t *)&l->flush, on_link_handle_closed);
}
