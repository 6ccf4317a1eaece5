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

#define AT(member) offsetof(struct config, member)
#define FACT(name, number) { "device", name, CONF_STRING, AT(facts[number]), .fallback = NULL }

#define SECOND 1000
#define DAY (24 * 3600 * SECOND)

static const char *const source_names[] = { "file", "snmp", NULL };
static const char *const version_names[] = { "2c", NULL };
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

static const struct conf_schema schema = {
	.options = options, .environment = "PLATEN_DEVICE"
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
	if (c->min_interval_ms > c->max_interval_ms) {
		fprintf(errors, "%s: keepalive.min-interval: is above max-interval\n", path);
		rc = -1;
	}
	return rc;
}

int config_read(struct config *c, const char *path, FILE *errors)
{
	if (conf_read(&schema, path, c, NULL, errors) != 0)
		return -1;
	if (check(c, path, errors) != 0)
		return -1;
	if (read_secret(c->password_file, "password", &c->password, errors) != 0)
		return -1;
	if (c->community_file != NULL &&
	    read_secret(c->community_file, "community", &c->community, errors) != 0)
		return -1;
	return 0;
}

void config_print(const struct config *c, FILE *out)
{
	conf_print(&schema, c, out);
}

void config_free(struct config *c)
{
	if (c->password != NULL)
		mem_wipe(c->password, strlen(c->password));
	c->password = NULL;
	conf_free(&schema, c);
}
