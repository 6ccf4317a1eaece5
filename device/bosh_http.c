#include "device/bosh_http.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "common/clock.h"
#include "common/endpoint.h"
#include "common/mem.h"
#include "common/path.h"
#include "device/bosh_body.h"
#include "device/bosh_tls.h"
#include "device/url.h"

#define LOG_MODULE "bosh"
#include "common/log.h"

#define TRANSFERS 2
#define CONNECT_MS 20000L          /* with proxy and TLS */
#define USER_TIMEOUT_MS 30000u
#define STUCK_MS 5000              /* of libcurl, within a turn of the loop */
#define PROBE_IDLE_S 30L
#define PROBE_INTERVAL_S 10L

static const long auths[] = { CURLAUTH_BASIC | CURLAUTH_DIGEST, CURLAUTH_BASIC, CURLAUTH_DIGEST, 0 };

struct transfer {
	struct bosh_http *http;
	CURL *easy;
	int64_t rid;
	bool running;
	size_t sent;                  /* bytes of its request's text */
	char *body;
	size_t len, cap;
	char error[CURL_ERROR_SIZE];
};

struct bosh_http {
	uv_loop_t *loop;
	uv_timer_t timer;
	CURLM *multi;
	struct curl_slist *headers;
	struct bosh_tls tls;
	bool plain;
	struct transfer transfers[TRANSFERS];
	void (*done)(void *arg, int64_t rid, const struct bosh_answer *);
	void *arg;
	int64_t carried;              /* when a connection last did; -1: never */
	int64_t entered;              /* libcurl was, from the loop */
	bool telling, freed;
};

struct watch {
	uv_poll_t poll;
	curl_socket_t socket;
};

/* libcurl on the loop. */

static void tell_done(struct bosh_http *h);

static void act(struct bosh_http *h, curl_socket_t socket, int events)
{
	int running;

	h->entered = clock_mono_ms();
	curl_multi_socket_action(h->multi, socket, events, &running);
	tell_done(h);
}

static void on_timer(uv_timer_t *t)
{
	act(t->data, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timeout_wanted(CURLM *multi, long ms, void *arg)
{
	struct bosh_http *h = arg;

	(void)multi;
	if (uv_is_closing((uv_handle_t *)&h->timer))
		return 0;
	uv_update_time(h->loop);
	if (ms < 0)
		uv_timer_stop(&h->timer);
	else
		uv_timer_start(&h->timer, on_timer, (uint64_t)ms, 0);
	return 0;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct watch *w = (struct watch *)(void *)poll;
	struct bosh_http *h = poll->data;
	int flags = status < 0 ? CURL_CSELECT_ERR : 0;

	if (events & UV_READABLE)
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	h->carried = clock_mono_ms();
	act(h, w->socket, flags);
}

static void on_watch_closed(uv_handle_t *handle)
{
	free(handle);
}

static void end_watch(struct bosh_http *h, curl_socket_t socket, struct watch *w)
{
	if (w == NULL)
		return;
	curl_multi_assign(h->multi, socket, NULL);
	uv_poll_stop(&w->poll);
	uv_close((uv_handle_t *)&w->poll, on_watch_closed);
}

static struct watch *begin_watch(struct bosh_http *h, curl_socket_t socket)
{
	struct watch *w = mem_zero(1, sizeof *w);

	if (uv_poll_init_socket(h->loop, &w->poll, socket) != 0)
		mem_fatal();
	w->poll.data = h;
	w->socket = socket;
	curl_multi_assign(h->multi, socket, w);
	return w;
}

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *arg, void *known)
{
	struct bosh_http *h = arg;
	struct watch *w = known;
	int events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		end_watch(h, socket, w);
		return 0;
	}
	if (w == NULL)
		w = begin_watch(h, socket);
	if (what & CURL_POLL_IN)
		events |= UV_READABLE;
	if (what & CURL_POLL_OUT)
		events |= UV_WRITABLE;
	uv_poll_start(&w->poll, events, on_poll);
	return 0;
}

/* A transfer. */

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;

	n *= size;
	if (n > BOSH_BODY_BYTES - t->len)
		return 0;
	if (t->len + n > t->cap) {
		t->cap = (t->len + n) * 2;
		t->body = mem_realloc(t->body, t->cap);
	}
	memcpy(t->body + t->len, bytes, n);
	t->len += n;
	return n;
}

static int on_new_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	unsigned timeout = USER_TIMEOUT_MS;

	(void)arg, (void)purpose;
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
	return CURL_SOCKOPT_OK;
}

static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct bosh_http *h = arg;

	(void)purpose;
	if (h->plain && !endpoint_is_loopback(&address->addr))
		return CURL_SOCKET_BAD;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static CURLcode on_context(CURL *easy, void *context, void *arg)
{
	struct bosh_tls *tls = arg;

	(void)easy;
	bosh_tls_context(context, tls);
	return CURLE_OK;
}

/* It takes them as one text. */
static void set_pins(CURL *easy, char *const *pins)
{
	char *all = mem_strdup("");

	for (; *pins != NULL; pins++) {
		char *more = mem_printf("%s%s%s", all, *all == '\0' ? "" : ";", *pins);

		free(all);
		all = more;
	}
	if (*all != '\0')
		curl_easy_setopt(easy, CURLOPT_PINNEDPUBLICKEY, all);
	free(all);
}

static void set_tls(CURL *easy, const struct bosh_http_options *o, struct bosh_tls *tls)
{
	tls->no_earlier_s = o->no_earlier_s;
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_context);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, tls);
	if (o->ca_file == NULL)
		return;
	curl_easy_setopt(easy, CURLOPT_CAINFO, o->ca_file);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, o->ca_file);
	curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, NULL);
}

static void set_proxy(CURL *easy, const struct bosh_http_options *o, bool plain)
{
	if (plain || o->proxy != NULL)
		curl_easy_setopt(easy, CURLOPT_PROXY, plain ? "" : o->proxy);
	if (o->no_proxy != NULL)
		curl_easy_setopt(easy, CURLOPT_NOPROXY, o->no_proxy);
	curl_easy_setopt(easy, CURLOPT_PROXYAUTH, auths[o->proxy_auth]);
	if (o->proxy_auth != BOSH_PROXY_NONE && o->proxy_user != NULL) {
		curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, o->proxy_user);
		curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, o->proxy_password);
	}
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

void bosh_http_prepare(CURL *curl, const struct bosh_http_options *o, struct bosh_tls *tls)
{
	set_tls(curl, o, tls);
	set_proxy(curl, o, false);
}

/* Of a proxy that sends without end behind its answer libcurl would read without end. */
static int on_progress(void *arg, curl_off_t all, curl_off_t come, curl_off_t out, curl_off_t gone)
{
	const struct bosh_http *h = arg;

	(void)all;
	(void)come;
	(void)out;
	(void)gone;
	return clock_mono_ms() > h->entered + STUCK_MS;
}

static void set_socket(CURL *easy, struct bosh_http *h)
{
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* Else it waits for its thread that resolves a name. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, h);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_new_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, h);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, PROBE_IDLE_S);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, PROBE_INTERVAL_S);
}

/* No redirect is followed, nothing is unpacked, no file is looked at. */
static void set_http(CURL *easy, struct transfer *t, const char *url)
{
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "platen-device/" PLATEN_VERSION);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, t->http->headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->error);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
}

static void make_transfer(struct bosh_http *h, struct transfer *t,
                          const struct bosh_http_options *o)
{
	t->http = h;
	t->easy = curl_easy_init();
	if (t->easy == NULL)
		mem_fatal();
	set_http(t->easy, t, o->url);
	set_socket(t->easy, h);
	if (o->pins != NULL)
		set_pins(t->easy, o->pins);
	set_tls(t->easy, o, &h->tls);
	set_proxy(t->easy, o, h->plain);
}

static void make_headers(struct bosh_http *h)
{
	h->headers = curl_slist_append(NULL, "Content-Type: text/xml; charset=utf-8");
	/* Nobody is asked whether he wants so small a request. */
	h->headers = curl_slist_append(h->headers, "Expect:");
	h->headers = curl_slist_append(h->headers, "Accept:");
}

struct bosh_http *bosh_http_new(uv_loop_t *loop, const struct bosh_http_options *options,
                                void (*done)(void *arg, int64_t rid, const struct bosh_answer *),
                                void *arg)
{
	struct bosh_http *h = mem_zero(1, sizeof *h);

	h->loop = loop;
	h->done = done;
	h->arg = arg;
	h->carried = -1;
	h->plain = strncasecmp(options->url, "http://", 7) == 0;
	uv_timer_init(loop, &h->timer);
	h->timer.data = h;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0 || (h->multi = curl_multi_init()) == NULL)
		mem_fatal();
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, on_timeout_wanted);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	make_headers(h);
	for (unsigned n = 0; n < TRANSFERS; n++)
		make_transfer(h, &h->transfers[n], options);
	return h;
}

void bosh_http_post(struct bosh_http *h, const struct bosh_request *request)
{
	struct transfer *t = h->transfers;

	if (t->running)
		t++;
	t->running = true;
	t->rid = request->rid;
	t->sent = request->len;
	t->len = 0;
	*t->error = '\0';
	curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, request->text);
	curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->len);
	h->entered = clock_mono_ms();
	if (curl_multi_add_handle(h->multi, t->easy) != CURLM_OK)
		abort();
}

static void stop(struct transfer *t)
{
	if (t->running)
		curl_multi_remove_handle(t->http->multi, t->easy);
	t->running = false;
}

void bosh_http_cancel(struct bosh_http *h, int64_t rid)
{
	for (unsigned n = 0; n < TRANSFERS; n++) {
		if (h->transfers[n].running && h->transfers[n].rid == rid)
			stop(&h->transfers[n]);
	}
}

int64_t bosh_http_idle_s(const struct bosh_http *h)
{
	return h->carried < 0 ? -1 : (clock_mono_ms() - h->carried) / 1000;
}

bool bosh_http_has_path(const struct bosh_http *h)
{
	bool known = false;

	for (unsigned n = 0; n < TRANSFERS; n++) {
		struct sockaddr_storage local, peer;
		socklen_t local_len = sizeof local, peer_len = sizeof peer;
		curl_socket_t fd = CURL_SOCKET_BAD;

		curl_easy_getinfo(h->transfers[n].easy, CURLINFO_ACTIVESOCKET, &fd);
		if (fd == CURL_SOCKET_BAD || getsockname(fd, (struct sockaddr *)&local, &local_len) != 0 ||
		    getpeername(fd, (struct sockaddr *)&peer, &peer_len) != 0)
			continue;
		if (path_is_there(&local, &peer))
			return true;
		known = true;
	}
	return !known;
}

/* What has become of it. */

static const char *explain(struct transfer *t, CURLcode code, const struct bosh_http *h,
                           char *text, size_t size)
{
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	/* tinyproxy says 401 of a user whom it does not know. */
	if (status >= 300) {
		snprintf(text, size, "the proxy %s (%ld)", status == 407 || status == 401 ?
		         "wants another user or password" : "refuses the connection", status);
		return text;
	}
	if (h->tls.problem[0] != '\0' && code == CURLE_PEER_FAILED_VERIFICATION) {
		snprintf(text, size, "the server's certificate: %s", h->tls.problem);
		return text;
	}
	if (code == CURLE_WRITE_ERROR)
		return "the answer is too large";
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return "the proxy's answer does not end";
	if (h->plain && code == CURLE_COULDNT_CONNECT && t->http->carried < 0)
		return "no connection; without TLS it is for loopback addresses only";
	return *t->error != '\0' ? url_hide(t->error) : curl_easy_strerror(code);
}

static int64_t rtt_of(CURL *easy)
{
	curl_off_t sent = 0, first = 0;

	curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &sent);
	curl_easy_getinfo(easy, CURLINFO_STARTTRANSFER_TIME_T, &first);
	return first > sent && sent > 0 ? (first - sent) / 1000 : -1;
}

static bool was_held(const struct transfer *t, CURLcode code, long status)
{
	curl_off_t uploaded = 0;

	curl_easy_getinfo(t->easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
	return code != CURLE_OPERATION_TIMEDOUT && (status >= 500 || status == 408 || status == 0) &&
	       (size_t)uploaded == t->sent;
}

static void tell(struct bosh_http *h, struct transfer *t, CURLcode code)
{
	struct bosh_answer answer = { .rtt_ms = rtt_of(t->easy), .body = t->body, .len = t->len };
	char text[300];
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	answer.held = was_held(t, code, status);
	answer.status = code == CURLE_OK ? (int)status : 0;
	if (code != CURLE_OK)
		answer.error = explain(t, code, h, text, sizeof text);
	stop(t);
	h->done(h->arg, t->rid, &answer);
}

static void release(struct bosh_http *h);

static void tell_done(struct bosh_http *h)
{
	struct transfer *t;
	CURLMsg *message;
	int left;

	if (h->telling)
		return;
	h->telling = true;
	while (!h->freed && (message = curl_multi_info_read(h->multi, &left)) != NULL) {
		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&t);
		tell(h, t, message->data.result);
	}
	h->telling = false;
	if (h->freed)
		release(h);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void release(struct bosh_http *h)
{
	for (unsigned n = 0; n < TRANSFERS; n++) {
		stop(&h->transfers[n]);
		curl_easy_cleanup(h->transfers[n].easy);
		free(h->transfers[n].body);
	}
	curl_multi_cleanup(h->multi);
	curl_slist_free_all(h->headers);
	uv_close((uv_handle_t *)&h->timer, on_closed);
}

void bosh_http_free(struct bosh_http *h)
{
	if (h == NULL || h->freed)
		return;
	h->freed = true;
	if (!h->telling)
		release(h);
}
