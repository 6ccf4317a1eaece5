#include "device/config.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/endpoint.h"
#include "common/file.h"
#include "common/finder.h"
#include "common/jid.h"
#include "common/mem.h"
#include "common/tls.h"
#include "common/xmpp.h"
#include "device/agent.h"
#include "device/config_bosh.h"

#define AT(member) offsetof(struct config, member)
#define FACT(name, number) { "device", name, CONF_STRING, AT(facts[number]), .fallback = NULL }

#define MAX_USER 32                  /* SnmpAdminString (RFC 3414) */
#define SECOND 1000
#define DAY (24 * 3600 * SECOND)

static const char *const source_names[] = { "file", "snmp", NULL };
static const char *const version_names[] = { "2c", "1", "3", NULL };
static const char *const proxy_auth_names[] = { "any", "basic", "digest", "none", NULL };
static const char *const level_names[] = { "error", "warn", "info", "debug", NULL };

#define OVER_HTTP \
	{ "bosh", "wait", CONF_DURATION, AT(bosh_wait_ms), .fallback = "45s", \
	  .min = 5 * SECOND, .max = 10 * 60 * SECOND }, \
	{ "proxy", "url", CONF_STRING, AT(proxy_url), .fallback = NULL }, \
	{ "proxy", "user", CONF_STRING, AT(proxy_user), .fallback = NULL }, \
	{ "proxy", "password-file", CONF_PATH, AT(proxy_password_file), .fallback = NULL }, \
	{ "proxy", "auth", CONF_CHOICE, AT(proxy_auth), .fallback = "any", \
	  .choices = proxy_auth_names }, \
	{ "proxy", "no-proxy", CONF_STRING, AT(no_proxy), .fallback = NULL }

static const struct conf_option options[] = {
	{ "account", "jid", CONF_JID, AT(jid), .required = true },
	{ "account", "password-file", CONF_PATH, AT(password_file), .fallback = NULL },
	{ "account", "resource", CONF_STRING, AT(resource), .fallback = "platen-a" },
	{ "account", "host", CONF_STRING, AT(host), .fallback = NULL },
	{ "account", "port", CONF_INT, AT(port), .fallback = "0", .min = 0, .max = 65535 },
	{ "account", "security", CONF_CHOICE, AT(security), .fallback = "starttls",
	  .choices = xmpp_security_names },
	{ "account", "ca-file", CONF_PATH, AT(ca_file), .fallback = NULL },
	{ "account", "certificate-file", CONF_PATH, AT(certificate_file), .fallback = NULL },
	{ "account", "key-file", CONF_PATH, AT(key_file), .fallback = NULL },
	{ "account", "pins", CONF_LIST, AT(pins), .fallback = NULL },
	{ "account", "stream-management", CONF_BOOL, AT(stream_management), .fallback = "no" },
	{ "account", "transport", CONF_CHOICE, AT(transport), .fallback = "tcp",
	  .choices = transport_names },
	{ "account", "tcp-again", CONF_DURATION, AT(tcp_again_ms), .fallback = "15m",
	  .min = SECOND, .max = DAY },
	{ "bosh", "url", CONF_STRING, AT(bosh_url), .fallback = NULL },
	OVER_HTTP,
	{ "component", "obey", CONF_LIST, AT(obey), .required = true },
	{ "source", "type", CONF_CHOICE, AT(source), .fallback = "file", .choices = source_names },
	{ "source", "file", CONF_PATH, AT(state_file), .fallback = NULL },
	{ "source", "address", CONF_STRING, AT(address), .fallback = NULL },
	{ "source", "version", CONF_CHOICE, AT(version), .fallback = "2c", .choices = version_names },
	{ "source", "community", CONF_STRING, AT(community), .fallback = "public", .secret = true },
	{ "source", "community-file", CONF_PATH, AT(community_file), .fallback = NULL },
	{ "source", "write-community", CONF_STRING, AT(write_community), .fallback = NULL,
	  .secret = true },
	{ "source", "write-community-file", CONF_PATH, AT(write_community_file), .fallback = NULL },
	{ "source", "user", CONF_STRING, AT(user), .fallback = NULL },
	{ "source", "auth-protocol", CONF_CHOICE, AT(auth_protocol), .fallback = "none",
	  .choices = agent_auth_names },
	{ "source", "auth-file", CONF_PATH, AT(auth_file), .fallback = NULL },
	{ "source", "priv-protocol", CONF_CHOICE, AT(priv_protocol), .fallback = "none",
	  .choices = agent_priv_names },
	{ "source", "priv-file", CONF_PATH, AT(priv_file), .fallback = NULL },
	{ "source", "context", CONF_STRING, AT(context), .fallback = NULL },
	{ "source", "vendor", CONF_STRING, AT(vendor_name), .fallback = NULL },
	{ "source", "timeout", CONF_DURATION, AT(timeout_ms), .fallback = "2s",
	  .min = 100, .max = 60 * SECOND },
	{ "source", "retries", CONF_INT, AT(retries), .fallback = "1", .min = 0, .max = 10 },
	FACT("manufacturer", 0), FACT("model", 1), FACT("serial", 2), FACT("location", 4),
	FACT("mac", 5), FACT("name", 6), FACT("host", 8),
	{ "keepalive", "interval", CONF_DURATION, AT(interval_ms), .fallback = "5m",
	  .min = SECOND, .max = DAY },
	{ "keepalive", "min-interval", CONF_DURATION, AT(min_interval_ms), .fallback = "30s",
	  .min = SECOND, .max = DAY },
	{ "keepalive", "max-interval", CONF_DURATION, AT(max_interval_ms), .fallback = "2h",
	  .min = SECOND, .max = DAY },
	{ "requests", "in-progress-after", CONF_DURATION, AT(in_progress_ms), .fallback = "5s",
	  .min = 100, .max = 20 * SECOND },
	{ "state", "directory", CONF_PATH, AT(state_directory),
	  .fallback = "/var/lib/platen-device" },
	{ "log", "level", CONF_CHOICE, AT(log_level), .fallback = "info", .choices = level_names },
	{ .section = NULL }
};

static const struct conf_option proxy_options[] = {
	{ "listen", "address", CONF_STRING, AT(listen), .required = true },
	{ "listen", "clients", CONF_INT, AT(clients), .fallback = "20", .min = 1, .max = 200 },
	{ "bosh", "url", CONF_STRING, AT(bosh_url), .required = true },
	{ "bosh", "ca-file", CONF_PATH, AT(ca_file), .fallback = NULL },
	OVER_HTTP,
	{ "log", "level", CONF_CHOICE, AT(log_level), .fallback = "info", .choices = level_names },
	{ .section = NULL }
};

/* Sections without a fixed name are of counters. */
static char *other_pair(void *arg, unsigned line, const char *section, const char *key,
                        const char *value)
{
	struct config *c = arg;

	return vendor_pair(&c->vendor, line, section, key, value);
}

static void read_secret(struct conf_report *report, const char *section, const char *key,
                        const char *path, char **secret)
{
	if (path == NULL)
		return;
	free(*secret);
	*secret = NULL;
	if (file_read_secret(path, secret) == 0)
		return;
	conf_wrong(report, section, key,
	           mem_printf("cannot read %s: %s", path,
	                      errno == EINVAL ? "the file is empty" : strerror(errno)));
}

static void read_password(struct conf_report *report, const char *key, const char *path,
                          char **password)
{
	read_secret(report, "source", key, path, password);
	if (*password != NULL && strlen(*password) < AGENT_PASSWORD)
		conf_wrong(report, "source", key,
		           mem_printf("the password is shorter than %d bytes", AGENT_PASSWORD));
}

/* A protocol and its file come together. */
static void check_pair(struct conf_report *report, const char *protocol_key, int protocol,
                       const char *file_key, const char *file)
{
	if (protocol != 0 && file == NULL)
		conf_wrong(report, "source", file_key, mem_printf("missing, %s is there", protocol_key));
	if (protocol == 0 && file != NULL)
		conf_wrong(report, "source", protocol_key, mem_printf("missing, %s is there", file_key));
}

static void check_v3(struct config *c, struct conf_report *report)
{
	check_pair(report, "auth-protocol", c->auth_protocol, "auth-file", c->auth_file);
	check_pair(report, "priv-protocol", c->priv_protocol, "priv-file", c->priv_file);
	if (c->user == NULL)
		conf_wrong(report, "source", "user", mem_strdup("missing, version is 3"));
	else if (strlen(c->user) > MAX_USER)
		conf_wrong(report, "source", "user", mem_printf("longer than %d bytes", MAX_USER));
	if (c->priv_protocol != 0 && c->auth_protocol == 0)
		conf_wrong(report, "source", "priv-protocol",
		           mem_strdup("SNMPv3 has no privacy without authentication"));
	read_password(report, "auth-file", c->auth_file, &c->auth_password);
	read_password(report, "priv-file", c->priv_file, &c->priv_password);
}

/* agent.c takes no IPv6 address without brackets. */
static bool is_address(const char *text)
{
	struct endpoint e;

	return endpoint_parse(text, &e) && (*text == '[' || strchr(e.host, ':') == NULL);
}

static void read_communities(struct config *c, struct conf_report *report)
{
	read_secret(report, "source", "community-file", c->community_file, &c->community);
	read_secret(report, "source", "write-community-file", c->write_community_file,
	            &c->write_community);
}

static void check_source(struct config *c, struct conf_report *report)
{
	if (conf_is_wrong(report, "source", "type"))
		return;
	if (c->source == CONFIG_SOURCE_FILE) {
		if (c->state_file == NULL)
			conf_wrong(report, "source", "file", mem_strdup("missing, type is file"));
		return;
	}
	if (c->address == NULL)
		conf_wrong(report, "source", "address", mem_strdup("missing, type is snmp"));
	else if (!is_address(c->address))
		conf_wrong(report, "source", "address",
		           mem_printf("'%.256s' is no HOST, HOST:PORT, [IPv6] or [IPv6]:PORT",
		                      c->address));
	if (c->version == AGENT_V3)
		check_v3(c, report);
	else
		read_communities(c, report);
}

/* why is freed; NULL: nothing is wrong. */
static void note(struct conf_report *report, const char *key, char *why)
{
	if (why != NULL)
		conf_wrong(report, "account", key, why);
}

static void check_tls(struct config *c, struct conf_report *report)
{
	if (c->ca_file != NULL)
		note(report, "ca-file", tls_ca_check(c->ca_file));
	if (c->certificate_file != NULL && c->key_file == NULL)
		c->key_file = mem_strdup(c->certificate_file);
	if (c->certificate_file != NULL)
		note(report, "certificate-file", tls_pair_check(c->certificate_file, c->key_file));
	else if (c->key_file != NULL)
		note(report, "certificate-file", mem_strdup("missing, key-file is there"));
	for (char **pin = c->pins; pin != NULL && *pin != NULL; pin++)
		note(report, "pins", tls_pin_check(*pin));
}

static void check(void *conf, struct conf_report *report)
{
	struct config *c = conf;
	char *why;

	if (c->jid != NULL && (strchr(c->jid, '@') == NULL || jid_resource(c->jid) != NULL))
		conf_wrong(report, "account", "jid",
		           mem_printf("must be USER@DOMAIN, '%s' is not", c->jid));
	if (c->host != NULL && (why = finder_bad_host(c->host)) != NULL)
		conf_wrong(report, "account", "host", why);
	if (c->password_file == NULL && c->certificate_file == NULL)
		conf_wrong(report, "account", "password-file", mem_strdup("missing, as is certificate-file"));
	read_secret(report, "account", "password-file", c->password_file, &c->password);
	check_tls(c, report);
	read_secret(report, "proxy", "password-file", c->proxy_password_file, &c->proxy_password);
	config_check_bosh(c, report);
	for (char **jid = c->obey; jid != NULL && *jid != NULL; jid++) {
		if (!jid_valid(*jid))
			conf_wrong(report, "component", "obey", mem_printf("'%s' is no JID", *jid));
	}
	check_source(c, report);
	if (c->min_interval_ms > c->max_interval_ms)
		conf_wrong(report, "keepalive", "min-interval", mem_strdup("is above max-interval"));
}

static const struct conf_schema schema = {
	.options = options, .other = other_pair, .check = check, .environment = "PLATEN_DEVICE"
};

static void check_proxy(void *conf, struct conf_report *report)
{
	struct config *c = conf;

	read_secret(report, "proxy", "password-file", c->proxy_password_file, &c->proxy_password);
	config_check_bosh(c, report);
}

static const struct conf_schema proxy_schema = {
	.options = proxy_options, .check = check_proxy, .environment = "PLATEN_BOSH_PROXY"
};

/* A vendor is a file, against the configuration's folder, or the name of one of
 * those that are installed. The caller frees it. */
static char *vendor_path(const char *vendor, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (strchr(vendor, '/') == NULL)
		return mem_printf("%s/vendor/%s.conf", PLATEN_SHARE, vendor);
	if (*vendor == '/' || slash == NULL)
		return mem_strdup(vendor);
	return mem_printf("%.*s/%s", (int)(slash - path), path, vendor);
}

static int read_vendor(struct config *c, const char *path, FILE *errors)
{
	char *file;
	int rc;

	if (c->vendor_name == NULL)
		return 0;
	file = vendor_path(c->vendor_name, path);
	rc = vendor_read(&c->vendor, file, errors);
	free(file);
	return rc;
}

int config_read(struct config *c, const char *path, FILE *errors)
{
	int rc = conf_read(&schema, path, c, c, errors);

	/* A line of it that was wrong would be told again as one that is missing. */
	if (rc == 0)
		rc = vendor_check(&c->vendor, path, errors);
	return rc | read_vendor(c, path, errors);
}

void config_print(const struct config *c, FILE *out)
{
	conf_print(&schema, c, out);
	vendor_print(&c->vendor, out);
}

int config_read_proxy(struct config *c, const char *path, FILE *errors)
{
	return conf_read(&proxy_schema, path, c, c, errors);
}

void config_print_proxy(const struct config *c, FILE *out)
{
	conf_print(&proxy_schema, c, out);
}

static void wipe(char **secret)
{
	if (*secret != NULL)
		mem_wipe(*secret, strlen(*secret));
	*secret = NULL;
}

void config_free(struct config *c)
{
	wipe(&c->password);
	wipe(&c->community);
	wipe(&c->write_community);
	wipe(&c->auth_password);
	wipe(&c->priv_password);
	wipe(&c->proxy_password);
	vendor_clear(&c->vendor);
	conf_free(&schema, c);
	conf_free(&proxy_schema, c);
}
