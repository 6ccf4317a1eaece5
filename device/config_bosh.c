#include "device/config_bosh.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "common/endpoint.h"
#include "common/mem.h"
#include "device/url.h"

/* A part of a URL, or NULL; curl_free() it. */
static char *part(CURLU *url, CURLUPart what)
{
	char *text = NULL;

	return curl_url_get(url, what, &text, 0) == CURLUE_OK ? text : NULL;
}

static bool is_loopback_name(const char *host)
{
	struct in_addr four;

	if (inet_pton(AF_INET, host, &four) == 1)
		return (ntohl(four.s_addr) >> 24) == 127;
	return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0;
}

static bool is_http(const char *scheme)
{
	return strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0;
}

/* NULL, or what is wrong with it. */
static char *check_url(CURLU *url, const char *text)
{
	char *scheme = part(url, CURLUPART_SCHEME), *user = part(url, CURLUPART_USER);
	char *why = NULL;

	if (scheme == NULL || !is_http(scheme))
		why = url_hide(mem_printf("'%.256s' is no http or https URL", text));
	else if (user != NULL)
		why = mem_strdup("must hold no user or password");
	curl_free(scheme);
	curl_free(user);
	return why;
}

static char *check_plain(CURLU *url)
{
	char *scheme = part(url, CURLUPART_SCHEME), *host = part(url, CURLUPART_HOST);
	char *why = NULL;

	if (strcmp(scheme, "http") == 0 && (host == NULL || !is_loopback_name(host)))
		why = mem_strdup("http is for loopback addresses only, others need https");
	curl_free(scheme);
	curl_free(host);
	return why;
}

static void check(struct conf_report *report, const char *section, const char *text, bool checked)
{
	CURLU *url = curl_url();
	char *why;

	if (url == NULL)
		mem_fatal();
	if (curl_url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
		why = url_hide(mem_printf("'%.256s' is no http or https URL", text));
	else
		why = check_url(url, text);
	if (why == NULL && checked)
		why = check_plain(url);
	if (why != NULL)
		conf_wrong(report, section, "url", why);
	curl_url_cleanup(url);
}

static void check_listen(const struct config *c, struct conf_report *report)
{
	struct sockaddr_storage address;

	if (c->listen != NULL && !config_listen(c->listen, &address))
		conf_wrong(report, "listen", "address",
		           mem_printf("'%.256s' is no ADDRESS:PORT or [IPv6]:PORT", c->listen));
}

void config_check_bosh(const struct config *c, struct conf_report *report)
{
	if (c->transport != TRANSPORT_TCP && c->password_file == NULL)
		conf_wrong(report, "account", "password-file",
		           mem_printf("missing, transport is %s", transport_names[c->transport]));
	if (c->bosh_url != NULL)
		check(report, "bosh", c->bosh_url, true);
	if (c->proxy_url != NULL && strcmp(c->proxy_url, "none") != 0)
		check(report, "proxy", c->proxy_url, false);
	check_listen(c, report);
	if (c->proxy_user != NULL && c->proxy_password_file == NULL)
		conf_wrong(report, "proxy", "password-file", mem_strdup("missing, user is there"));
	if (c->proxy_user == NULL && c->proxy_password_file != NULL)
		conf_wrong(report, "proxy", "user", mem_strdup("missing, password-file is there"));
}

/* NULL is what the environment says, "" is none. */
static const char *proxy_of(const struct config *c)
{
	return c->proxy_url != NULL && strcmp(c->proxy_url, "none") == 0 ? "" : c->proxy_url;
}

void config_bosh_options(const struct config *c, int64_t no_earlier_s, struct bosh_options *o)
{
	*o = (struct bosh_options){
		.http = {
			.url = c->bosh_url, .ca_file = c->ca_file, .pins = c->pins,
			.no_earlier_s = no_earlier_s, .proxy = proxy_of(c), .no_proxy = c->no_proxy,
			.proxy_user = c->proxy_user, .proxy_password = c->proxy_password,
			.proxy_auth = (enum bosh_proxy_auth)c->proxy_auth,
		},
		.domain = c->jid == NULL ? NULL : strchr(c->jid, '@') + 1,
		.wait_s = c->bosh_wait_ms / 1000,
	};
}

bool config_listen(const char *text, struct sockaddr_storage *address)
{
	struct endpoint e;

	if (!endpoint_parse(text, &e) || e.port == 0)
		return false;
	return (strchr(e.host, ':') != NULL
		? uv_ip6_addr(e.host, e.port, (struct sockaddr_in6 *)(void *)address)
		: uv_ip4_addr(e.host, e.port, (struct sockaddr_in *)(void *)address)) == 0;
}
