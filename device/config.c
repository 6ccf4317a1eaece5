#include "device/config.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/file.h"
#include "common/jid.h"
#include "common/mem.h"
#include "common/xmpp.h"
#include "device/agent.h"

#define AT(member) offsetof(struct config, member)
#define FACT(name, number) { "device", name, CONF_STRING, AT(facts[number]), .fallback = NULL }

#define MAX_USER 32                  /* SnmpAdminString (RFC 3414) */
#define SECOND 1000
#define DAY (24 * 3600 * SECOND)

static const char *const source_names[] = { "file", "snmp", NULL };
static const char *const version_names[] = { "2c", "1", "3", NULL };
static const char *const level_names[] = { "error", "warn", "info", "debug", NULL };

static const struct conf_option options[] = {
	{ "account", "jid", CONF_JID, AT(jid), .required = true },
	{ "account", "password-file", CONF_PATH, AT(password_file), .required = true },
	{ "account", "resource", CONF_STRING, AT(resource), .fallback = "platen-a" },
	{ "account", "host", CONF_STRING, AT(host), .fallback = NULL },
	{ "account", "port", CONF_INT, AT(port), .fallback = "0", .min = 0, .max = 65535 },
	{ "account", "security", CONF_CHOICE, AT(security), .fallback = "starttls",
	  .choices = xmpp_security_names },
	{ "account", "ca-file", CONF_PATH, AT(ca_file), .fallback = NULL },
	{ "account", "stream-management", CONF_BOOL, AT(stream_management), .fallback = "no" },
	{ "component", "obey", CONF_LIST, AT(obey), .required = true },
	{ "source", "type", CONF_CHOICE, AT(source), .fallback = "file", .choices = source_names },
	{ "source", "file", CONF_PATH, AT(state_file), .fallback = NULL },
	{ "source", "address", CONF_STRING, AT(address), .fallback = NULL },
	{ "source", "version", CONF_CHOICE, AT(version), .fallback = "2c", .choices = version_names },
	{ "source", "community", CONF_STRING, AT(community), .fallback = "public", .secret = true },
	{ "source", "community-file", CONF_PATH, AT(community_file), .fallback = NULL },
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
	{ "log", "level", CONF_CHOICE, AT(log_level), .fallback = "info", .choices = level_names },
	{ .section = NULL }
};

/* Sections without a fixed name are of counters. */
static char *other_pair(void *arg, const char *section, const char *key, const char *value)
{
	struct config *c = arg;

	return vendor_pair(&c->vendor, section, key, value);
}

static const struct conf_schema schema = {
	.options = options, .other = other_pair, .environment = "PLATEN_DEVICE"
};

static int read_secret(const char *path, const char *what, char **secret, FILE *errors)
{
	free(*secret);
	*secret = NULL;
	if (file_read_secret(path, secret) == 0)
		return 0;
	fprintf(errors, "%s: cannot read the %s: %s\n", path, what,
	        errno == EINVAL ? "the file is empty" : strerror(errno));
	return -1;
}

/* A protocol and its file come together. */
static int check_pair(const char *path, const char *name, int protocol, const char *file,
                      FILE *errors)
{
	if ((protocol != 0) == (file != NULL))
		return 0;
	fprintf(errors, "%s: source.%s-%s: missing, source.%s-%s is there\n", path, name,
	        file == NULL ? "file" : "protocol", name, file == NULL ? "protocol" : "file");
	return -1;
}

static int check_v3(const struct config *c, const char *path, FILE *errors)
{
	int rc = check_pair(path, "auth", c->auth_protocol, c->auth_file, errors) |
	         check_pair(path, "priv", c->priv_protocol, c->priv_file, errors);

	if (c->user == NULL) {
		fprintf(errors, "%s: source.user: missing, source.version is 3\n", path);
		rc = -1;
	} else if (strlen(c->user) > MAX_USER) {
		fprintf(errors, "%s: source.user: longer than %d bytes\n", path, MAX_USER);
		rc = -1;
	}
	if (c->priv_protocol != 0 && c->auth_protocol == 0) {
		fprintf(errors, "%s: source.priv-protocol: SNMPv3 has no privacy without "
		        "authentication\n", path);
		rc = -1;
	}
	return rc;
}

static int check(const struct config *c, const char *path, FILE *errors)
{
	int rc = 0;

	if (c->jid != NULL && (strchr(c->jid, '@') == NULL || jid_resource(c->jid) != NULL)) {
		fprintf(errors, "%s: account.jid: must be USER@DOMAIN, '%s' is not\n", path, c->jid);
		rc = -1;
	}
	if (c->obey == NULL || c->obey[0] == NULL) {
		fprintf(errors, "%s: component.obey: names no component\n", path);
		rc = -1;
	}
	for (char **jid = c->obey; jid != NULL && *jid != NULL; jid++) {
		if (!jid_valid(*jid)) {
			fprintf(errors, "%s: component.obey: '%s' is no JID\n", path, *jid);
			rc = -1;
		}
	}
	if (c->source == CONFIG_SOURCE_FILE && c->state_file == NULL) {
		fprintf(errors, "%s: source.file: missing, source.type is file\n", path);
		rc = -1;
	}
	if (c->source == CONFIG_SOURCE_SNMP && c->address == NULL) {
		fprintf(errors, "%s: source.address: missing, source.type is snmp\n", path);
		rc = -1;
	}
	if (c->source == CONFIG_SOURCE_SNMP && c->version == AGENT_V3)
		rc |= check_v3(c, path, errors);
	rc |= vendor_check(&c->vendor, path, errors);
	if (c->min_interval_ms > c->max_interval_ms) {
		fprintf(errors, "%s: keepalive.min-interval: is above max-interval\n", path);
		rc = -1;
	}
	return rc;
}

static int read_password(const char *path, const char *what, char **password, FILE *errors)
{
	if (read_secret(path, what, password, errors) != 0)
		return -1;
	if (strlen(*password) >= AGENT_PASSWORD)
		return 0;
	fprintf(errors, "%s: the %s is shorter than %d bytes\n", path, what, AGENT_PASSWORD);
	return -1;
}

static int read_secrets(struct config *c, FILE *errors)
{
	int rc = read_secret(c->password_file, "password", &c->password, errors);

	if (c->source != CONFIG_SOURCE_SNMP)
		return rc;
	if (c->version == AGENT_V3 && c->auth_file != NULL)
		rc |= read_password(c->auth_file, "authentication password", &c->auth_password, errors);
	if (c->version == AGENT_V3 && c->priv_file != NULL)
		rc |= read_password(c->priv_file, "privacy password", &c->priv_password, errors);
	if (c->version != AGENT_V3 && c->community_file != NULL)
		rc |= read_secret(c->community_file, "community", &c->community, errors);
	return rc;
}

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
	if (conf_read(&schema, path, c, c, errors) != 0)
		return -1;
	if (check(c, path, errors) != 0)
		return -1;
	return read_secrets(c, errors) | read_vendor(c, path, errors);
}

void config_print(const struct config *c, FILE *out)
{
	conf_print(&schema, c, out);
	vendor_print(&c->vendor, out);
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
	wipe(&c->auth_password);
	wipe(&c->priv_password);
	vendor_clear(&c->vendor);
	conf_free(&schema, c);
}
