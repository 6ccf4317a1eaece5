#include "device/host_meta_fetch.h"

#include <errno.h>
#include <idn-free.h>
#include <idna.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/endpoint.h"
#include "common/mem.h"
#include "device/bosh_tls.h"
#include "device/host_meta.h"
#include "device/url.h"

#define LOG_MODULE "host-meta"
#include "common/log.h"

#define LIMIT_MS 10000L
#define REDIRECTS 3L

struct host_meta {
	host_meta_fn *done;
	void *arg;
	uv_work_t work;
	CURL *curl;                   /* the thread's until it is done */
	struct bosh_tls tls;
	struct curl_slist *headers;
	char error[CURL_ERROR_SIZE];
	CURLcode code;
	char *body;
	size_t len;
	int64_t begun;
	atomic_bool freed;            /* the thread gives up then */
	bool told;                    /* on_over() has nothing more to do */
};

static void initialize(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct host_meta *h = arg;

	n *= size;
	if (n > HOST_META_BYTES - h->len)
		return 0;
	memcpy(h->body + h->len, bytes, n);
	h->len += n;
	return n;
}

static int on_progress(void *arg, curl_off_t all, curl_off_t come, curl_off_t out, curl_off_t gone)
{
	struct host_meta *h = arg;

	(void)all;
	(void)come;
	(void)out;
	(void)gone;
	/* libcurl does not look at its own limit while a proxy's answer does not end. */
	return atomic_load(&h->freed) || clock_mono_ms() > h->begun + LIMIT_MS;
}

static void run(uv_work_t *work)
{
	struct host_meta *h = work->data;

	h->code = curl_easy_perform(h->curl);
}

static void release(struct host_meta *h)
{
	curl_easy_cleanup(h->curl);
	curl_slist_free_all(h->headers);
	free(h->body);
	free(h);
}

static char *result(struct host_meta *h, const char **why)
{
	long status = 0;

	if (h->code == CURLE_WRITE_ERROR)
		*why = "it is longer than 64 KiB";
	else if (h->code != CURLE_OK && *h->tls.problem != '\0')
		*why = h->tls.problem;
	else if (h->code != CURLE_OK)
		*why = *h->error != '\0' ? url_hide(h->error) : curl_easy_strerror(h->code);
	if (h->code != CURLE_OK)
		return NULL;
	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status == 200)
		return host_meta_read(h->body, h->len, why);
	snprintf(h->error, sizeof h->error, "HTTP status %ld", status);
	*why = h->error;
	return NULL;
}

static void on_over(uv_work_t *work, int status)
{
	struct host_meta *h = work->data;
	const char *why = "";
	char *url;

	(void)status;
	if (!atomic_load(&h->freed)) {
		url = result(h, &why);
		if (url == NULL)
			log_info("%s", why);
		h->done(h->arg, url, why);
		free(url);
		h->told = true;
	}
	if (atomic_load(&h->freed))
		release(h);
}

static void set_up(struct host_meta *h, const struct host_meta_options *options, const char *url)
{
	CURL *c = h->curl;

	h->headers = curl_slist_append(NULL, "Accept: application/xrd+xml, application/xml;q=0.5");
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(c, CURLOPT_MAXREDIRS, REDIRECTS);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, LIMIT_MS);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, h->headers);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, h->error);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, h);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, h);
	if (options->http != NULL)
		bosh_http_prepare(c, options->http, &h->tls);
	if (options->prepare != NULL)
		options->prepare(options->arg, c);
}

/* The caller frees it. A domain that is no name leads to a URL that is refused. */
static char *url_of(const char *domain)
{
	char *ascii = NULL, *url;
	struct endpoint e;
	bool good = idna_to_ascii_8z(domain, &ascii, 0) == IDNA_SUCCESS &&
	            endpoint_parse(ascii, &e) && e.port == 0;

	url = !good ? mem_strdup("https://") :
	      mem_printf(strchr(e.host, ':') != NULL ? "https://[%s]/.well-known/host-meta" :
	                 "https://%s/.well-known/host-meta", e.host);
	idn_free(ascii);
	return url;
}

struct host_meta *host_meta_fetch(uv_loop_t *loop, const struct host_meta_options *options,
                                  host_meta_fn *done, void *arg)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct host_meta *h = mem_zero(1, sizeof *h);
	char *url = url_of(options->domain);

	pthread_once(&once, initialize);
	h->begun = clock_mono_ms();
	h->done = done;
	h->arg = arg;
	h->body = mem_alloc(HOST_META_BYTES);
	h->curl = curl_easy_init();
	if (h->curl == NULL)
		mem_fatal();
	set_up(h, options, url);
	h->work.data = h;
	if (uv_queue_work(loop, &h->work, run, on_over) != 0)
		mem_fatal();
	free(url);
	return h;
}

void host_meta_free(struct host_meta *h)
{
	if (h == NULL || atomic_exchange(&h->freed, true))
		return;
	if (h->told)
		release(h);
	else
		uv_cancel((uv_req_t *)&h->work);    /* on_over() releases it */
}
