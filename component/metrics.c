#include "component/metrics.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "component/metrics_accept.h"
#include "component/metrics_body.h"
#include "component/metrics_text.h"

#define LOG_MODULE "metrics"

#define CONNECTIONS 16
/* Who has not asked yet holds a place no longer than this without a byte; who reads a page
 * may pause. */
#define IDLE_S 5
#define READ_IDLE_S 30
/* What a connection's memory (request, headers and a piece of the page) may be, and
 * what the kernel may hold for one that does not read. */
#define CONNECTION_BYTES ((size_t)32768)
#define KERNEL_BYTES 262144

struct metrics {
	struct component *c;
	struct MHD_Daemon *http;
	uv_poll_t events;
	uv_timer_t due;
	unsigned n_connections;
	unsigned handles;
};

/* Answers. */

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status,
                              struct MHD_Response *response, const char *header, const char *value)
{
	enum MHD_Result rc = MHD_NO;

	if (response == NULL)
		return MHD_NO;
	if (MHD_add_response_header(response, header, value) == MHD_YES)
		rc = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return rc;
}

static enum MHD_Result say(struct MHD_Connection *connection, unsigned status, const char *text,
                           const char *header, const char *value)
{
	return answer(connection, status,
	              MHD_create_response_from_buffer(strlen(text), (void *)text,
	                                              MHD_RESPMEM_PERSISTENT), header, value);
}

/* 0 makes libmicrohttpd ask again when it is run next: MHD_get_timeout() is 0 then. */
static ssize_t on_read(void *arg, uint64_t position, char *buf, size_t max)
{
	ssize_t n = metrics_body_read(arg, buf, max);

	(void)position;
	return n < 0 ? MHD_CONTENT_READER_END_OF_STREAM : n;
}

static void on_read_enough(void *arg)
{
	metrics_body_free(arg);
}

static enum MHD_Result send_page(struct metrics *m, struct MHD_Connection *connection)
{
	bool classic = metrics_accept_classic(
		MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept"));
	struct metrics_body *body = metrics_body_new(m->c, classic);
	struct MHD_Response *response;

	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, CONNECTION_BYTES / 2, on_read,
	                                             body, on_read_enough);
	if (response == NULL)
		metrics_body_free(body);
	return answer(connection, MHD_HTTP_OK, response, "Content-Type",
	              classic ? METRICS_TYPE_CLASSIC : METRICS_TYPE_OPEN);
}

static void may_pause(struct MHD_Connection *connection, unsigned seconds)
{
	MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, seconds);
}

static void on_answered(void *arg, struct MHD_Connection *connection, void **state,
                        enum MHD_RequestTerminationCode how)
{
	(void)arg, (void)state, (void)how;
	may_pause(connection, IDLE_S);
}

/* Answers as soon as the headers are there: nobody's body is read. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
	(void)version, (void)upload, (void)upload_size, (void)state;
	may_pause(connection, READ_IDLE_S);
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return say(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n", "Allow",
		           "GET, HEAD");
	if (strcmp(url, "/metrics") == 0)
		return send_page(arg, connection);
	if (strcmp(url, "/") == 0)
		return say(connection, MHD_HTTP_OK, "platend " PLATEN_VERSION ": see /metrics\n",
		           "Content-Type", "text/plain; charset=utf-8");
	return say(connection, MHD_HTTP_NOT_FOUND, "there is only /metrics\n", "Content-Type",
	           "text/plain; charset=utf-8");
}

/* The library's own epoll is one descriptor of our loop; its time-outs are one timer. */

static void on_due(uv_timer_t *t);

static unsigned n_connections(const struct metrics *m)
{
	return MHD_get_daemon_info(m->http, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)->num_connections;
}

/* At its limit it stops listening, and begins again in the run behind the one in which a
 * connection has ended. */
static void run(struct metrics *m)
{
	MHD_UNSIGNED_LONG_LONG ms;
	unsigned before;

	do {
		before = m->n_connections;
		MHD_run(m->http);
		m->n_connections = n_connections(m);
	} while (m->n_connections < before);
	if (MHD_get_timeout(m->http, &ms) == MHD_YES)
		uv_timer_start(&m->due, on_due, ms, 0);
	else
		uv_timer_stop(&m->due);
}

static void on_due(uv_timer_t *t)
{
	run(t->data);
}

static void on_event(uv_poll_t *p, int status, int events)
{
	(void)status, (void)events;
	run(p->data);
}

/* Beginning and end. */

static int listen_at(const struct sockaddr_storage *address)
{
	socklen_t size = address->ss_family == AF_INET ? sizeof(struct sockaddr_in)
	                                               : sizeof(struct sockaddr_in6);
	int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int yes = 1, bytes = KERNEL_BYTES, saved;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
	if (bind(fd, (const struct sockaddr *)address, size) == 0 && listen(fd, CONNECTIONS) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static struct MHD_Daemon *start_http(struct metrics *m, int fd)
{
	/* Without MHD_USE_ERROR_LOG it writes nothing to standard error. */
	return MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, m,
	                        MHD_OPTION_LISTEN_SOCKET, fd,
	                        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
	                        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
	                        MHD_OPTION_NOTIFY_COMPLETED, on_answered, NULL,
	                        MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES,
	                        MHD_OPTION_END);
}

static void watch(struct metrics *m)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(m->http, MHD_DAEMON_INFO_EPOLL_FD);

	m->handles = 2;
	uv_timer_init(m->c->loop, &m->due);
	uv_poll_init(m->c->loop, &m->events, info->epoll_fd);
	m->due.data = m->events.data = m;
	uv_poll_start(&m->events, UV_READABLE, on_event);
	run(m);
}

struct metrics *metrics_new(struct component *c)
{
	struct metrics *m = mem_zero(1, sizeof *m);
	int fd = listen_at(&c->config.metrics_address);

	m->c = c;
	if (fd >= 0)
		m->http = start_http(m, fd);
	if (m->http != NULL) {
		watch(m);
		log_info("listening address=%s", c->config.metrics_listen);
		return m;
	}
	log_error("cannot listen at %s: %s", c->config.metrics_listen, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(m);
	return NULL;
}

static void on_closed(uv_handle_t *h)
{
	struct metrics *m = h->data;

	if (--m->handles == 0)
		free(m);
}

void metrics_free(struct metrics *m)
{
	if (m == NULL)
		return;
	uv_close((uv_handle_t *)&m->events, on_closed);
	uv_close((uv_handle_t *)&m->due, on_closed);
	MHD_stop_daemon(m->http);
}
