#include "operator/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/finder.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/xmpp.h"

static const char *const levels[] = { "error", "warn", "info", "debug", NULL };

#define AT(field) .offset = offsetof(struct settings, field)

static const struct conf_option options[] = {
	{ .section = "account", .key = "jid", .type = CONF_JID, AT(jid), .required = true },
	{ .section = "account", .key = "password-file", .type = CONF_PATH, AT(password_file),
	  .required = true },
	{ .section = "account", .key = "host", .type = CONF_STRING, AT(host) },
	{ .section = "account", .key = "port", .type = CONF_INT, AT(port), .min = 1, .max = 65535 },
	{ .section = "account", .key = "security", .type = CONF_CHOICE, AT(security),
	  .choices = xmpp_security_names, .fallback = "starttls" },
	{ .section = "account", .key = "ca-file", .type = CONF_PATH, AT(ca_file) },
	{ .section = "component", .key = "jid", .type = CONF_JID, AT(component), .required = true },
	{ .section = "log", .key = "level", .type = CONF_CHOICE, AT(log_level), .choices = levels,
	  .fallback = "warn" },
	{ 0 }
};

static void check(void *conf, struct conf_report *report)
{
	const struct settings *s = conf;
	char *why;

	if (s->host != NULL && (why = finder_bad_host(s->host)) != NULL)
		conf_wrong(report, "account", "host", why);
}

const struct conf_schema settings_schema = { .options = options, .check = check,
                                             .environment = "PLATEN" };

char *settings_path(const struct args *a)
{
	const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (a->options[ARGS_CONFIG] != NULL)
		return mem_strdup(a->options[ARGS_CONFIG]);
	if (base != NULL && *base == '/')
		return mem_printf("%s/platen/platen.conf", base);
	return mem_printf("%s/.config/platen/platen.conf", home == NULL ? "" : home);
}

bool settings_read(struct settings *s, const struct args *a, struct fault *f)
{
	char *path = settings_path(a);
	bool ok = false;

	memset(s, 0, sizeof *s);
	if (access(path, R_OK) != 0) {
		fault_set(f, EXIT_USAGE, "no-configuration", "%s: %s; 'platen login' makes it", path,
		          strerror(errno));
	} else if (conf_read(&settings_schema, path, s, NULL, stderr) != 0) {
		fault_set(f, EXIT_REFUSED, "bad-configuration", "%s has mistakes; correct them, or "
		          "'platen login' makes it anew", path);
	} else {
		log_set_level((enum log_level)s->log_level);
		ok = true;
	}
	free(path);
	return ok;
}

void settings_clear(struct settings *s)
{
	conf_free(&settings_schema, s);
}
