#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/jid.h"
#include "common/mem.h"
#include "operator/command.h"
#include "operator/json.h"
#include "operator/prompt.h"
#include "operator/row.h"
#include "operator/session.h"

struct login {
	const struct args *args;
	struct settings settings;
	char *path;                /* of the configuration */
	char *password;
};

/* Options that are keys of the configuration. */
static const struct {
	enum args_option option;
	const char *key;
} keys[] = {
	{ ARGS_JID, "account.jid" }, { ARGS_HOST, "account.host" }, { ARGS_PORT, "account.port" },
	{ ARGS_SECURITY, "account.security" }, { ARGS_CA_FILE, "account.ca-file" },
	{ ARGS_PASSWORD_FILE, "account.password-file" }, { ARGS_COMPONENT, "component.jid" },
};

static int set(struct login *l, const char *key, const char *value, struct fault *f)
{
	char *assignment = mem_printf("%s=%s", key, value);
	char *why = conf_set(&settings_schema, &l->settings, assignment);

	if (why != NULL)
		fault_set(f, EXIT_USAGE, "usage", "%s: %s", key, why);
	free(why);
	free(assignment);
	return f->exit;
}

static int set_options(struct login *l, struct fault *f)
{
	const char *value;

	if (set(l, "log.level", "warn", f) != 0)
		return f->exit;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		value = l->args->options[keys[i].option];
		if (value != NULL && set(l, keys[i].key, value, f) != 0)
			return f->exit;
	}
	return 0;
}

static int ask(struct login *l, const char *question, const char *key, const char *fallback,
               struct fault *f)
{
	char *value = prompt_line(question, fallback);
	int rc;

	if (value == NULL)
		return EXIT_INTERRUPTED;
	rc = set(l, key, value, f);
	free(value);
	return rc;
}

/* Asks for what no option gave; none of it has a default that is surely right. */
static int ask_all(struct login *l, struct fault *f)
{
	struct settings *s = &l->settings;
	bool terminal = isatty(STDIN_FILENO);
	char *domain, *component;
	int rc = 0;
	size_t len;

	if (!terminal && (s->jid == NULL || s->component == NULL)) {
		fault_set(f, EXIT_USAGE, "usage", "without a terminal --jid and --component are needed");
		return f->exit;
	}
	if (s->jid == NULL)
		rc = ask(l, "Your JID (you@example.com)", "account.jid", NULL, f);
	if (rc == 0 && (s->jid == NULL || strchr(s->jid, '@') == NULL)) {
		fault_set(f, EXIT_USAGE, "usage", "an account's JID is needed: you@example.com");
		rc = f->exit;
	}
	if (rc != 0)
		return rc;
	domain = mem_strdup(jid_domain(s->jid, &len));
	domain[len] = '\0';
	component = mem_printf("devices.%s", domain);
	if (terminal && s->host == NULL && l->args->options[ARGS_JID] == NULL)
		rc = ask(l, "XMPP server", "account.host", domain, f);
	/* DNS may know better than a host's name that stays. */
	if (s->host != NULL && strcmp(s->host, domain) == 0)
		mem_set(&s->host, NULL);
	if (rc == 0 && s->component == NULL)
		rc = ask(l, "Component", "component.jid", component, f);
	free(component);
	free(domain);
	return rc;
}

static int read_password(struct login *l, struct fault *f)
{
	const char *file = l->settings.password_file;

	if (file == NULL) {
		l->password = prompt_secret("Password");
		if (l->password == NULL && isatty(STDIN_FILENO))
			return EXIT_INTERRUPTED;
		if (l->password == NULL || *l->password == '\0')
			fault_set(f, EXIT_USAGE, "no-password", "no password was given");
	} else if (file_read_secret(file, &l->password) != 0) {
		fault_set(f, EXIT_USAGE, "no-password", "%s: %s", file, strerror(errno));
	}
	return f->exit;
}

/* Logs in and asks the component for one device. */
static int check(struct login *l, struct fault *f)
{
	struct link *link = link_new(&l->settings);
	struct session session = { .settings = l->settings, .link = link };
	enum link_result result = link_connect(link, l->password, f);
	struct xml *answer = NULL;
	const struct xml *page;
	int rc;

	if (result == LINK_OK)
		rc = session_get(&session, "<devices xmlns='" ROW_OPERATION_NS "'>"
		                 "<set xmlns='http://jabber.org/protocol/rsm'><max>1</max></set>"
		                 "</devices>", "devices", &answer, &page, f);
	else
		rc = result == LINK_INTERRUPTED ? EXIT_INTERRUPTED : f->exit;
	xml_free(answer);
	link_free(link);
	return rc;
}

static int replace(const char *path, const char *text, size_t len, struct fault *f)
{
	char *folder = mem_strdup(path), *slash = strrchr(folder, '/');
	int rc = 0;

	if (slash != NULL && slash != folder) {
		*slash = '\0';
		rc = file_mkdirs(folder, 0700);
	}
	if (rc == 0)
		rc = file_replace(path, text, len, 0600);
	if (rc != 0)
		fault_set(f, EXIT_REFUSED, "output", "%s cannot be written: %s", path, strerror(errno));
	free(folder);
	return f->exit;
}

/* Beside the configuration: platen.conf, platen.password. */
static char *password_path(const char *path)
{
	size_t len = strlen(path);

	if (len > 5 && strcmp(path + len - 5, ".conf") == 0)
		len -= 5;
	return mem_printf("%.*s.password", (int)len, path);
}

static int write_password(struct login *l, struct fault *f)
{
	char *path = password_path(l->path), *line = mem_printf("%s\n", l->password);
	int rc = replace(path, line, strlen(line), f);

	if (rc == 0)
		rc = set(l, "account.password-file", path, f);
	mem_wipe(line, strlen(line));
	free(path);
	return rc;
}

static int write_settings(struct login *l, struct fault *f)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int rc;

	if (out == NULL)
		mem_fatal();
	conf_print(&settings_schema, &l->settings, out);
	fclose(out);
	rc = replace(l->path, text, len, f);
	free(text);
	return rc;
}

static void tell(const struct login *l)
{
	const struct settings *s = &l->settings;

	if (l->args->options[ARGS_JSON] != NULL) {
		json_print(stdout, json_pack("{s:s, s:s, s:s, s:s}", "jid", s->jid, "component",
		                             s->component, "configuration", l->path,
		                             "password_file", s->password_file));
		return;
	}
	printf("Logged in as %s; %s answers.\n", s->jid, s->component);
	printf("The configuration is %s, the password is in %s.\n", l->path, s->password_file);
	puts("'platen devices' shows your devices.");
}

int cmd_login(const struct args *a, struct fault *f)
{
	struct login l = { .args = a, .path = settings_path(a) };
	int rc = set_options(&l, f);

	if (rc == 0)
		rc = ask_all(&l, f);
	if (rc == 0)
		rc = read_password(&l, f);
	if (rc == 0)
		rc = check(&l, f);
	if (rc == 0 && l.settings.password_file == NULL)
		rc = write_password(&l, f);
	if (rc == 0)
		rc = write_settings(&l, f);
	if (rc == 0)
		tell(&l);
	if (l.password != NULL)
		mem_wipe(l.password, strlen(l.password));
	settings_clear(&l.settings);
	free(l.path);
	return rc;
}
