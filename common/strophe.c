#include "common/strophe.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strophe.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/jid.h"
#include "common/mem.h"
#include "common/path.h"
#include "common/strophe_expat.h"
#include "common/strophe_tls.h"
#include "common/xml.h"

/* A TLS record holds 16 KiB and a run reads 4 KiB of it: after five runs that
 * brought nothing, nothing waits inside where poll() cannot see it. */
#define IDLE_RUNS 5
#define CONNECTING_POLL_MS 250
/* libstrophe waits 2 s for the peer after a stream error; its timer runs only
 * while it is run. */
#define SETTLE_POLL_MS 2500
#define INBOX_BYTES (4u << 20)
#define OUTBOX_BYTES (8u << 20)

struct strophe {
	/* Copies that only the thread reads. */
	struct xmpp_options options;
	struct finder_target target;

	void (*wake)(void *arg);
	void *arg;
	pthread_t thread;
	int bell;                         /* eventfd: something for the thread */

	struct mailbox in, out;           /* to the loop, to the server */

	pthread_mutex_t lock;             /* of everything down to the next comment */
	int sock;                         /* our own duplicate of the stream's socket, or -1 */
	bool close_wanted;
	enum xmpp_end end;
	char *why;

	/* The thread's own. */
	xmpp_conn_t *conn;
	bool online, connected, closing, done;
	bool secured;
	unsigned activity;
};

static __thread struct strophe *running;   /* libstrophe's socket callback has no userdata */

static void ring(struct strophe *s)
{
	uint64_t one = 1;

	if (write(s->bell, &one, sizeof one) < 0 && errno != EAGAIN)
		abort();
}

/* end: of STROPHE_ENDED. */
static void post(struct strophe *s, enum strophe_kind kind, enum xmpp_end end, const char *text,
                 size_t len)
{
	mailbox_put(&s->in, kind, end, text, len);
	s->wake(s->arg);
}

/* The first reason given is the one told. */
static void set_end(struct strophe *s, enum xmpp_end end, const char *why)
{
	pthread_mutex_lock(&s->lock);
	if (s->why == NULL) {
		s->end = end;
		s->why = mem_strdup(why);
	}
	pthread_mutex_unlock(&s->lock);
}

static void drop_socket(struct strophe *s)
{
	pthread_mutex_lock(&s->lock);
	if (s->sock >= 0)
		close(s->sock);
	s->sock = -1;
	pthread_mutex_unlock(&s->lock);
}

/* libstrophe's callbacks. */

static int on_socket(xmpp_conn_t *conn, void *arg)
{
	int fd = *(int *)arg, one = 1;
	struct strophe *s = running;
	unsigned timeout = (unsigned)s->options.user_timeout_ms;

	(void)conn;
	/* select() inside libstrophe writes beyond its set above this. */
	if (fd >= FD_SETSIZE)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (timeout > 0)
		setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
	drop_socket(s);
	pthread_mutex_lock(&s->lock);
	s->sock = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	pthread_mutex_unlock(&s->lock);
	return 0;
}

static bool is_stanza(const char *name)
{
	return name != NULL && (strcmp(name, "iq") == 0 || strcmp(name, "message") == 0 ||
	                        strcmp(name, "presence") == 0);
}

/* The answers to libstrophe's own bind and session requests come here too, after
 * it has told that it is online: nobody above asked for them. */
static bool is_own(xmpp_stanza_t *stanza)
{
	const char *id = xmpp_stanza_get_id(stanza), *type = xmpp_stanza_get_type(stanza);

	return id != NULL && type != NULL && strncmp(id, "_xmpp_", 6) == 0 &&
	       (strcmp(type, "result") == 0 || strcmp(type, "error") == 0);
}

static int on_stanza(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *arg)
{
	struct strophe *s = arg;
	size_t len;
	char *text;

	s->activity++;
	if (!s->online || !is_stanza(xmpp_stanza_get_name(stanza)) || is_own(stanza) ||
	    xmpp_stanza_to_text(stanza, &text, &len) != XMPP_EOK)
		return 1;
	post(s, STROPHE_STANZA, XMPP_END_CLOSED, text, len);
	xmpp_free(xmpp_conn_get_context(conn), text);
	return 1;
}

static void explain_end(struct strophe *s, int error, const xmpp_stream_error_t *stream)
{
	char why[300];

	if (stream != NULL) {
		snprintf(why, sizeof why, "stream error%s%s", stream->text ? ": " : "",
		         stream->text ? stream->text : "");
		set_end(s, stream->type == XMPP_SE_CONFLICT ? XMPP_END_CONFLICT : XMPP_END_LOST, why);
	} else if (strophe_tls_problem() != NULL) {
		snprintf(why, sizeof why, "the server's certificate: %s", strophe_tls_problem());
		set_end(s, XMPP_END_TLS, why);
	} else if (s->closing) {
		set_end(s, XMPP_END_CLOSED, "closed");
	} else if (s->online) {
		set_end(s, XMPP_END_LOST, "the connection was lost");
	} else if (!s->connected) {
		set_end(s, XMPP_END_CONNECT, error != 0 ? strerror(error) : "connection refused");
	} else if (s->target.security != XMPP_PLAIN && !s->secured) {
		set_end(s, XMPP_END_TLS, "the server offers no usable TLS");
	} else if (error == 0) {
		set_end(s, XMPP_END_AUTH, s->options.password == NULL
		        ? "the server did not accept the account and certificate"
		        : "the server did not accept the account and password");
	} else {
		set_end(s, XMPP_END_LOST, "the server closed the connection before log-in was done");
	}
}

/* A server may log in whom a certificate names, whoever was asked for. */
static void on_online(struct strophe *s, const char *jid)
{
	char *wanted = jid_bare(s->options.jid), *given = jid_bare(jid), *why;

	if (strcmp(wanted, given) == 0) {
		s->online = true;
		post(s, STROPHE_ONLINE, XMPP_END_CLOSED, jid, strlen(jid));
	} else {
		why = mem_printf("the server takes us for %.300s", given);
		set_end(s, XMPP_END_AUTH, why);
		free(why);
		xmpp_disconnect(s->conn);
	}
	free(wanted);
	free(given);
}

static void on_connection(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                          xmpp_stream_error_t *stream, void *arg)
{
	struct strophe *s = arg;

	s->activity++;
	if (event == XMPP_CONN_CONNECT) {
		on_online(s, xmpp_conn_get_bound_jid(conn));
		return;
	}
	if (s->done)
		return;
	explain_end(s, error, stream);
	drop_socket(s);
	s->done = true;
}

/* The thread. */

static bool writable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return fd < 0 || poll(&p, 1, 0) != 0;
}

static void notice_progress(struct strophe *s, int fd)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof peer;

	if (!s->connected && fd >= 0 && getpeername(fd, (struct sockaddr *)&peer, &len) == 0)
		s->connected = true;
	if (!s->secured && !s->done && xmpp_conn_is_secured(s->conn))
		s->secured = true;
}

static void send_queued(struct strophe *s)
{
	struct letter *l, *next;

	mailbox_take(&s->out, &l);
	for (; l != NULL; l = next) {
		next = l->next;
		if (s->online && !s->closing)
			xmpp_send_raw(s->conn, l->text, l->len);
		free(l);
	}
}

static void obey_close(struct strophe *s)
{
	bool wanted;

	pthread_mutex_lock(&s->lock);
	wanted = s->close_wanted;
	pthread_mutex_unlock(&s->lock);
	if (!wanted || s->closing)
		return;
	s->closing = true;
	if (s->online) {
		xmpp_disconnect(s->conn);
		return;
	}
	set_end(s, XMPP_END_CLOSED, "closed");
	s->done = true;
}

/* Runs libstrophe until it has nothing to do. True when all it wanted to send
 * is with the kernel. */
static bool run_until_idle(struct strophe *s, xmpp_ctx_t *ctx, int fd)
{
	bool was_writable = writable(fd);

	for (int idle = 0; idle < IDLE_RUNS && !s->done; idle++) {
		unsigned before = s->activity;

		xmpp_run_once(ctx, 0);
		notice_progress(s, fd);
		if (s->activity != before)
			idle = -1;
	}
	return was_writable;
}

static int wait_for_more(struct strophe *s, int fd, bool flushed, bool settled)
{
	struct pollfd p[2] = { { .fd = s->bell, .events = POLLIN }, { .fd = fd, .events = POLLIN } };
	uint64_t rung;
	int timeout = -1, n;

	if (mailbox_bytes(&s->in) > INBOX_BYTES)   /* the loop is behind: let TCP hold the peer */
		p[1].fd = -1;
	if (!flushed)
		p[1].events |= POLLOUT;
	if (!s->online || s->closing)
		timeout = CONNECTING_POLL_MS;
	else if (!settled)
		timeout = SETTLE_POLL_MS;
	n = poll(p, 2, timeout);
	if (n > 0 && (p[0].revents & POLLIN) && read(s->bell, &rung, sizeof rung) < 0)
		return n;
	return n;
}

static void run_connection(struct strophe *s, xmpp_ctx_t *ctx)
{
	bool settled = false, flushed;
	int fd;

	while (!s->done) {
		pthread_mutex_lock(&s->lock);
		fd = s->sock;
		pthread_mutex_unlock(&s->lock);
		send_queued(s);
		obey_close(s);
		if (s->done)
			break;
		flushed = run_until_idle(s, ctx, fd);
		if (!s->done)
			settled = wait_for_more(s, fd, flushed, settled) == 0;
	}
}

static long flags(const struct strophe *s)
{
	long f = s->options.stream_management ? 0 : XMPP_CONN_FLAG_DISABLE_SM;

	switch (s->target.security) {
	case XMPP_STARTTLS: return f | XMPP_CONN_FLAG_MANDATORY_TLS;
	case XMPP_DIRECT_TLS: return f | XMPP_CONN_FLAG_LEGACY_SSL;
	case XMPP_PLAIN: return f | XMPP_CONN_FLAG_DISABLE_TLS;
	}
	return f;
}

static void try_target(struct strophe *s, xmpp_ctx_t *ctx)
{
	s->conn = xmpp_conn_new(ctx);
	xmpp_conn_set_flags(s->conn, flags(s));
	xmpp_conn_set_jid(s->conn, s->options.jid);
	xmpp_conn_set_pass(s->conn, s->options.password);
	if (s->options.certificate_file != NULL)
		xmpp_conn_set_client_cert(s->conn, s->options.certificate_file, s->options.key_file);
	xmpp_conn_set_certfail_handler(s->conn, strophe_tls_refuse);
	xmpp_conn_set_sockopt_callback(s->conn, on_socket);
	/* One for all kinds: a second one with the same function is refused. */
	xmpp_handler_add(s->conn, on_stanza, NULL, NULL, NULL, s);
	if (xmpp_connect_client(s->conn, s->target.address, (unsigned short)s->target.port,
	                        on_connection, s) != XMPP_EOK)
		set_end(s, XMPP_END_CONNECT, "no connection to this address");
	else
		run_connection(s, ctx);
	drop_socket(s);
	xmpp_conn_release(s->conn);
	s->conn = NULL;
}

static void *thread_main(void *arg)
{
	struct strophe *s = running = arg;
	const struct strophe_tls tls = {
		s->options.ca_file, s->options.pins, s->options.no_earlier_s,
		s->target.security == XMPP_DIRECT_TLS
	};
	xmpp_ctx_t *ctx = xmpp_ctx_new(NULL, NULL);
	enum xmpp_end end;
	char *why;

	if (ctx == NULL)
		mem_fatal();
	strophe_tls_begin(&tls);
	try_target(s, ctx);
	xmpp_ctx_free(ctx);
	strophe_tls_end();
	pthread_mutex_lock(&s->lock);
	end = s->end;
	why = mem_strdup(s->why);
	pthread_mutex_unlock(&s->lock);
	post(s, STROPHE_ENDED, end, why, strlen(why));
	free(why);
	return NULL;
}

/* The loop's side. */

static void initialize(void)
{
	strophe_expat_initialize();
	xmpp_initialize();
}

struct strophe *strophe_start(const struct xmpp_options *options,
                              const struct finder_target *target, void (*wake)(void *arg),
                              void *arg)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct strophe *s = mem_zero(1, sizeof *s);

	pthread_once(&once, initialize);
	xmpp_options_copy(&s->options, options);
	s->target = *target;
	s->wake = wake;
	s->arg = arg;
	mailbox_init(&s->in);
	mailbox_init(&s->out);
	s->sock = -1;
	s->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&s->lock, NULL);
	if (s->bell < 0 || pthread_create(&s->thread, NULL, thread_main, s) != 0)
		mem_fatal();
	return s;
}

struct letter *strophe_letters(struct strophe *s)
{
	struct letter *list;

	if (mailbox_take(&s->in, &list) > INBOX_BYTES)
		ring(s);
	return list;
}

void strophe_send(struct strophe *s, const char *text, size_t len)
{
	size_t blanks = xml_blanks_behind(text, len);
	char *all = mem_alloc(len + blanks);

	memcpy(all, text, len);
	memset(all + len, ' ', blanks);
	if (mailbox_put(&s->out, 0, 0, all, len + blanks) > OUTBOX_BYTES)
		strophe_break(s, XMPP_END_LOST, "the server takes nothing any more");
	free(all);
	ring(s);
}

void strophe_close(struct strophe *s)
{
	pthread_mutex_lock(&s->lock);
	s->close_wanted = true;
	pthread_mutex_unlock(&s->lock);
	ring(s);
}

void strophe_break(struct strophe *s, enum xmpp_end end, const char *why)
{
	set_end(s, end, why);
	pthread_mutex_lock(&s->lock);
	s->close_wanted = true;
	if (s->sock >= 0)
		shutdown(s->sock, SHUT_RDWR);
	pthread_mutex_unlock(&s->lock);
	ring(s);
}

int64_t strophe_idle_s(struct strophe *s)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof info;
	int64_t idle = -1;

	pthread_mutex_lock(&s->lock);
	if (s->sock >= 0 && getsockopt(s->sock, IPPROTO_TCP, TCP_INFO, &info, &len) == 0) {
		idle = info.tcpi_last_data_sent < info.tcpi_last_data_recv ? info.tcpi_last_data_sent
		                                                           : info.tcpi_last_data_recv;
		idle /= 1000;
	}
	pthread_mutex_unlock(&s->lock);
	return idle;
}

int strophe_local_port(struct strophe *s)
{
	struct sockaddr_storage own = { 0 };
	socklen_t len = sizeof own;
	int port = 0;

	/* IPv6 has it at the same place. */
	pthread_mutex_lock(&s->lock);
	if (s->sock >= 0 && getsockname(s->sock, (struct sockaddr *)&own, &len) == 0)
		port = ntohs(((struct sockaddr_in *)(void *)&own)->sin_port);
	pthread_mutex_unlock(&s->lock);
	return port;
}

bool strophe_has_path(struct strophe *s)
{
	struct sockaddr_storage local, peer;
	socklen_t local_len = sizeof local, peer_len = sizeof peer;
	bool known;

	pthread_mutex_lock(&s->lock);
	known = s->sock >= 0 && getsockname(s->sock, (struct sockaddr *)&local, &local_len) == 0 &&
	        getpeername(s->sock, (struct sockaddr *)&peer, &peer_len) == 0;
	pthread_mutex_unlock(&s->lock);
	return !known || path_is_there(&local, &peer);
}

void strophe_free(struct strophe *s)
{
	if (s == NULL)
		return;
	strophe_break(s, XMPP_END_CLOSED, "closed");
	pthread_join(s->thread, NULL);
	mailbox_clear(&s->in);
	mailbox_clear(&s->out);
	close(s->bell);
	pthread_mutex_destroy(&s->lock);
	xmpp_options_free(&s->options);
	free(s->why);
	free(s);
}
