#include "component/link.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/connection.h"

#define LOG_MODULE "link"

#define NS_COMPONENT "jabber:component:accept"
#define HANDSHAKE_MS 15000
#define BACKOFF_BASE_MS 1000
#define BACKOFF_CAP_MS 60000
#define STEADY_MS 60000
#define BACKLOG_BREAK (64u << 20)     /* the server reads nothing any more */

enum state { DOWN, RESOLVING, CONNECTING, OPENING, SHAKING, ONLINE, CLOSING };

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
	struct xml_stream *parser;        /* of what it receives */
	struct addrinfo *addresses, *next_address;
	bool ever_online, in_parser;
	unsigned attempt;
	int64_t heard, online_since;
	const char *failed;               /* set while in the parser: give up afterwards */
	bool failed_fatal, conflict;
};

static void try_next_address(struct link *l);
static void start(struct link *l);

static void drop_connection(struct link *l)
{
	connection_drop(l->connection);
	l->connection = NULL;
	if (l->in_parser) {
		xml_stream_stop(l->parser);   /* feed() frees it */
		return;
	}
	xml_stream_free(l->parser);
	l->parser = NULL;
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
	/* At once, unless that has just been tried: a server that takes us and then
	 * ends it, as for two components of one name, gets no storm. */
	if (was_online && clock_mono_ms() - l->online_since >= STEADY_MS)
		l->attempt = 0;
	wait = l->attempt == 0 ? 0 : backoff_ms(l->attempt - 1, BACKOFF_BASE_MS, BACKOFF_CAP_MS,
	                                        backoff_random());
	l->attempt++;
	log_warn("%s server=%s:%d next_try_ms=%lld", why, l->options.host, l->options.port,
	         (long long)wait);
	uv_timer_start(&l->timer, on_retry, (uint64_t)wait, 0);
	if (was_online)
		l->events->offline(l->arg);
}

/* Within the parser nothing may be torn down: remember it for afterwards. */
static void fail_later(struct link *l, const char *why, bool fatal)
{
	if (l->failed == NULL) {
		l->failed = why;
		l->failed_fatal = fatal;
	}
	xml_stream_stop(l->parser);
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
	connection_put(l->connection, out, len);
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

	if (xml_is(stanza, "error", XML_STREAM_NS)) {
		on_stream_error(l, stanza);
	} else if (l->state == SHAKING && xml_is(stanza, "handshake", "")) {
		l->state = ONLINE;
		l->ever_online = true;
		l->online_since = clock_mono_ms();
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
	if (!xml_stream_feed(l->parser, bytes, n, &why) && l->failed == NULL) {
		log_warn("what the server sends is no XMPP stream: %s", why);
		l->failed = "broken stream";
	}
	l->in_parser = false;
	if (l->connection == NULL) {
		drop_connection(l);           /* freed in an event */
		return;
	}
	if (l->failed != NULL) {
		const char *failed = l->failed;

		l->failed = NULL;
		fail(l, failed, l->failed_fatal);
	}
}

static void on_received(void *arg, const char *bytes, size_t n)
{
	feed(arg, bytes, n);
}

static void on_ended(void *arg, int status)
{
	fail(arg, status == UV_EOF ? "the server closed the connection" : uv_strerror(status), false);
}

/* Else all that we send might lie at the server behind a tag that was cut. */
static void on_writing(void *arg, const char *bytes, size_t n)
{
	struct link *l = arg;
	size_t blanks = xml_blanks_behind(bytes, n);
	char *text;

	if (l->state != ONLINE || blanks == 0)
		return;
	text = mem_printf("%*s", (int)blanks, "");
	connection_put(l->connection, text, blanks);
	free(text);
}

static void on_written(void *arg, size_t before)
{
	struct link *l = arg;

	if (before >= LINK_BACKLOG_LOW && connection_backlog(l->connection) < LINK_BACKLOG_LOW)
		l->events->drained(l->arg);
}

/* Connecting. */

static void on_handshake_late(uv_timer_t *t)
{
	struct link *l = t->data;

	if (l->state != CONNECTING || l->next_address == NULL) {
		fail(l, "the server did not answer in time", false);
		return;
	}
	/* Each of its addresses has its own time. */
	drop_connection(l);
	uv_timer_start(&l->timer, on_handshake_late, HANDSHAKE_MS, 0);
	try_next_address(l);
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
	connection_put(l->connection, "<?xml version='1.0'?><stream:stream xmlns='" NS_COMPONENT
	    "' xmlns:stream='" XML_STREAM_NS "'", strlen("<?xml version='1.0'?><stream:stream xmlns='"
	    NS_COMPONENT "' xmlns:stream='" XML_STREAM_NS "'"));
	connection_put(l->connection, text + strlen("<x"), len - strlen("<x") - strlen("/>"));
	connection_put(l->connection, ">", 1);
	free(text);
	l->state = OPENING;
}

static void on_connected(void *arg, int status)
{
	struct link *l = arg;

	if (status == 0) {
		open_stream(l);
		return;
	}
	drop_connection(l);
	if (l->next_address != NULL)
		try_next_address(l);
	else
		fail(l, uv_strerror(status), false);
}

static void try_next_address(struct link *l)
{
	static const struct connection_events events = { on_connected, on_received, on_ended,
	                                                 on_writing, on_written };
	struct addrinfo *a = l->next_address;

	l->next_address = a->ai_next;
	l->state = CONNECTING;
	l->connection = connection_new(l->loop, a->ai_addr, &events, l);
	l->parser = xml_stream_new(&xml_limits_stanza, &parser_events, l);
	if (l->connection == NULL)
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
	/* The loop's time stands still while large tables are read, before its first turn. */
	uv_update_time(l->loop);
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
	connection_flush(l->connection);
	if (connection_backlog(l->connection) > BACKLOG_BREAK)
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
		connection_put(l->connection, text, len);
}

size_t link_backlog(const struct link *l)
{
	return l->connection == NULL ? 0 : connection_backlog(l->connection);
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

/* What is queued still leaves. */
static void close_stream(struct link *l)
{
	if (l->state == ONLINE) {
		connection_put(l->connection, "</stream:stream>", strlen("</stream:stream>"));
		connection_finish(l->connection);
		l->connection = NULL;
	}
	drop_connection(l);
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
