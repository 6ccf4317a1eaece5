#include "component/config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/conf.h"
#include "common/file.h"
#include "common/mem.h"

#define OPTION(sec, k, t, member, ...) \
	{ .section = sec, .key = k, .type = t, .offset = offsetof(struct config, member), __VA_ARGS__ }

#define SECOND 1000
#define DAY (86400 * SECOND)

static const char *const levels[] = { "error", "warn", "info", "debug", NULL };

static const struct conf_option options[] = {
	OPTION("component", "domain", CONF_JID, domain, .required = true),
	OPTION("component", "secret-file", CONF_PATH, secret_file, .required = true),
	OPTION("component", "host", CONF_STRING, host, .fallback = "127.0.0.1", .required = true),
	OPTION("component", "hosts", CONF_LIST, hosts),
	OPTION("component", "port", CONF_INT, port, .fallback = "5347", .min = 1, .max = 65535),
	OPTION("component", "private-network", CONF_BOOL, private_network, .fallback = "no"),
	OPTION("component", "ping-interval", CONF_DURATION, ping_interval_ms, .fallback = "60s",
	       .min = SECOND, .max = DAY),
	OPTION("data", "directory", CONF_PATH, data_directory, .fallback = "/var/lib/platen",
	       .required = true),
	OPTION("data", "units", CONF_PATH, units_file, .fallback = "/etc/platen/units.conf",
	       .required = true),
	OPTION("data", "reserve", CONF_SIZE, reserve, .fallback = "16M", .min = 0,
	       .max = INT64_C(1) << 40),
	OPTION("data", "keep-requests", CONF_INT, keep_requests, .fallback = "400", .min = 0,
	       .max = 36500),
	OPTION("data", "keep-audit", CONF_INT, keep_audit, .fallback = "400", .min = 0,
	       .max = 36500),
	OPTION("requests", "window", CONF_INT, window, .fallback = "1", .min = 1, .max = 64),
	OPTION("requests", "open-per-device", CONF_INT, open_device, .fallback = "10000", .min = 1,
	       .max = 1000000),
	OPTION("requests", "open-per-operator", CONF_INT, open_operator, .fallback = "100000",
	       .min = 1, .max = 1000000),
	OPTION("requests", "submits-per-device", CONF_INT, submits_device, .fallback = "1000",
	       .min = 1, .max = 100000),
	OPTION("requests", "submits-per-operator", CONF_INT, submits_operator, .fallback = "5000",
	       .min = 1, .max = 100000),
	OPTION("keepalive", "interval", CONF_DURATION, keepalive_ms, .fallback = "5m",
	       .min = 5 * SECOND, .max = DAY),
	OPTION("devices", "ask-rate", CONF_INT, ask_rate, .fallback = "50", .min = 1, .max = 10000),
	OPTION("devices", "unassigned", CONF_INT, unassigned, .fallback = "1000", .min = 1,
	       .max = 10000),
	OPTION("metrics", "listen", CONF_STRING, metrics_listen, .fallback = ""),
	OPTION("log", "level", CONF_CHOICE, log_level, .fallback = "info", .choices = levels),
	{ .section = NULL },
};

/* XEP-0114 has no TLS: who listens on the way has the secret's hash and every
 * stanza. */
static bool is_loopback(const char *host)
{
	struct in6_addr six;
	struct in_addr four;

	if (strcasecmp(host, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, host, &four) == 1)
		return (ntohl(four.s_addr) >> 24) == 127;
	return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

/* Fills in family, address and port; false for a host that is not of the loopback. */
static bool set_address(struct sockaddr_storage *out, const char *host, bool is_six, uint16_t port)
{
	struct sockaddr_in *four = (void *)out;
	struct sockaddr_in6 *six = (void *)out;

	if (!is_loopback(host))
		return false;
	if (is_six) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(port);
		return inet_pton(AF_INET6, host, &six->sin6_addr) == 1;
	}
	four->sin_family = AF_INET;
	four->sin_port = htons(port);
	if (strcasecmp(host, "localhost") == 0)
		host = "127.0.0.1";
	return inet_pton(AF_INET, host, &four->sin_addr) == 1;
}

/* 127.0.0.1:PORT, localhost:PORT or [::1]:PORT. */
static bool parse_listen(const char *text, struct sockaddr_storage *out)
{
	const char *colon = strrchr(text, ':');
	char *host, *wrong;
	int64_t port = 0;
	bool is_six, good;

	if (colon == NULL)
		return false;
	is_six = colon - text > 2 && text[0] == '[' && colon[-1] == ']';
	host = is_six ? mem_strndup(text + 1, (size_t)(colon - text) - 2)
	              : mem_strndup(text, (size_t)(colon - text));
	wrong = conf_parse_int(colon + 1, 1, 65535, &port);
	good = wrong == NULL && set_address(out, host, is_six, (uint16_t)port);
	free(wrong);
	free(host);
	return good;
}

/* What is not said: the server that the component is a part of. */
static void check_hosts(struct config *c, struct conf_report *report)
{
	const char *dot = c->domain == NULL ? NULL : strchr(c->domain, '.');

	if (c->hosts == NULL && dot != NULL)
		c->hosts = conf_split(dot + 1);
	for (char **h = c->hosts; h != NULL && *h != NULL; h++) {
		if (strpbrk(*h, "@/") != NULL)
			conf_wrong(report, "component", "hosts",
			           mem_printf("\"%s\" is not a domain", *h));
	}
}

static void check(void *conf, struct conf_report *report)
{
	struct config *c = conf;

	check_hosts(c, report);
	if (c->domain != NULL && strpbrk(c->domain, "@/") != NULL)
		conf_wrong(report, "component", "domain",
		           mem_printf("\"%s\" is not a domain", c->domain));
	if (c->host != NULL && !is_loopback(c->host) && !c->private_network)
		conf_wrong(report, "component", "host",
		           mem_printf("%s is another machine and a component link has no TLS; set "
		                      "private-network = yes if nobody can listen on the way", c->host));
	if (c->metrics_listen != NULL && !parse_listen(c->metrics_listen, &c->metrics_address))
		conf_wrong(report, "metrics", "listen",
		           mem_printf("\"%s\" is not a loopback address with a port, like "
		                      "127.0.0.1:9479; who reads metrics is not asked for a password",
		                      c->metrics_listen));
	if (c->secret_file != NULL && file_read_secret(c->secret_file, &c->secret) != 0)
		conf_wrong(report, "component", "secret-file",
		           mem_printf("%s: %s", c->secret_file,
		                      errno == EINVAL ? "is empty" : strerror(errno)));
}

static const struct conf_schema schema = { .options = options, .check = check,
                                           .environment = "PLATEND" };

int config_read(struct config *c, const char *path, FILE *errors)
{
	memset(c, 0, sizeof *c);
	return conf_read(&schema, path, c, NULL, errors);
}

void config_print(const struct config *c, FILE *out)
{
	conf_print(&schema, c, out);
}

void config_free(struct config *c)
{
	conf_free(&schema, c);
	if (c->secret != NULL)
		mem_wipe(c->secret, strlen(c->secret));
	c->secret = NULL;
}
