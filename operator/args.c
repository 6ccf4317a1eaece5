#include "operator/args.h"

#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/mem.h"

const struct args_description args_descriptions[ARGS_OPTIONS] = {
	[ARGS_CONFIG]   = { "config", 'c', "FILE", "read this configuration", 0, 0 },
	[ARGS_JSON]     = { "json", 'j', NULL, "print JSON", 0, 0 },
	[ARGS_HELP]     = { "help", 'h', NULL, "explain the command", 0, 0 },
	[ARGS_VERSION]  = { "version", 'V', NULL, "print the version", 0, 0 },
	[ARGS_LIMIT]    = { "limit", 'n', "N", "end after N rows", 1, 1000000000 },
	[ARGS_CSV]      = { "csv", 0, NULL, "print CSV (RFC 4180), for spreadsheets", 0, 0 },
	[ARGS_TIMEOUT]  = { "timeout", 0, "S", "seconds for each transmission", 1, 86400 },
	[ARGS_ATTEMPTS] = { "attempts", 0, "N", "how many transmissions may time out", 1, 100 },
	[ARGS_EXPIRES]  = { "expires", 0, "S", "seconds until it must have begun", 1, 2592000 },
	[ARGS_TOKEN]    = { "token", 0, "T", "same token and content: the same request", 0, 0 },
	[ARGS_NO_WAIT]  = { "no-wait", 0, NULL, "print the id and do not wait for the end", 0, 0 },
	[ARGS_JID]      = { "jid", 0, "JID", "your account", 0, 0 },
	[ARGS_COMPONENT] = { "component", 0, "JID", "the component", 0, 0 },
	[ARGS_HOST]     = { "host", 0, "HOST", "the XMPP server's address", 0, 0 },
	[ARGS_PORT]     = { "port", 0, "PORT", "the XMPP server's port", 1, 65535 },
	[ARGS_SECURITY] = { "security", 0, "starttls|direct-tls|plain", "of the connection", 0, 0 },
	[ARGS_CA_FILE]  = { "ca-file", 0, "FILE", "certificates to trust, not the system's", 0, 0 },
	[ARGS_PASSWORD_FILE] = { "password-file", 0, "FILE", "holds the password; stays where it is",
	                         0, 0 },
	[ARGS_PASSWORDS] = { "passwords", 0, "DIR", "keep each account's password in a file there",
	                     0, 0 },
	[ARGS_WHERE]    = { "where", 0, "KEY=VALUE", "which devices; again for the next KEY", 0, 0 },
	[ARGS_NAME]     = { "name", 0, "NAME", "what people call the campaign", 0, 0 },
	[ARGS_RATE]     = { "rate", 0, "N", "devices to ask a minute", 1, 600000 },
	[ARGS_GROWTH]   = { "growth", 0, "FACTOR", "how the rate grows each minute that goes well", 0, 0 },
	[ARGS_RATE_MAX] = { "rate-max", 0, "N", "the highest rate", 1, 600000 },
	[ARGS_ABORT]    = { "abort", 0, "PERCENT", "end when so many failed; 0: never", 0, 100 },
	[ARGS_ABORT_AFTER] = { "abort-after", 0, "N", "but not before N have ended", 1, 1000000 },
	[ARGS_DRY_RUN]  = { "dry-run", 0, NULL, "say which devices, and ask none", 0, 0 },
	[ARGS_YES]      = { "yes", 0, NULL, "do not ask whether it is meant", 0, 0 },
	[ARGS_SUPERSEDE] = { "supersede", 0, NULL, "take the place of an equal one that waits", 0, 0 },
	[ARGS_PRIORITY] = { "priority", 0, "normal|emergency", "emergency goes first", 0, 0 },
	[ARGS_WAIT]     = { "wait", 0, NULL, "wait for the end", 0, 0 },
	[ARGS_DEVICE]   = { "device", 0, "DEVICE", "this device only", 0, 0 },
};

static int find_letter(char letter)
{
	int i = 0;

	while (i < ARGS_OPTIONS && args_descriptions[i].letter != letter)
		i++;
	return i;
}

static int find_name(const char *name, size_t len)
{
	int i = 0;

	while (i < ARGS_OPTIONS && (strlen(args_descriptions[i].name) != len ||
	                            memcmp(args_descriptions[i].name, name, len) != 0))
		i++;
	return i;
}

/* Whether word is one of those in choices, "a|b". */
static bool is_choice(const char *choices, const char *word)
{
	size_t len = strlen(word), n;

	for (; *choices != '\0'; choices += n + (choices[n] == '|')) {
		n = strcspn(choices, "|");
		if (n == len && memcmp(choices, word, n) == 0)
			return true;
	}
	return false;
}

static char *set(struct args *a, int option, const char *value)
{
	const struct args_description *d = &args_descriptions[option];
	char *why = NULL, *named;
	int64_t number;

	if (a->options[option] != NULL && d->value != NULL && option != ARGS_WHERE)
		return mem_printf("--%s is given twice", d->name);
	if (d->value != NULL && *value == '\0')
		return mem_printf("--%s needs %s", d->name, d->value);
	if (d->value != NULL && strchr(d->value, '|') != NULL && !is_choice(d->value, value))
		return mem_printf("--%s: '%s' is none of %s", d->name, value, d->value);
	if (d->max != 0)
		why = conf_parse_int(value, d->min, d->max, &number);
	if (why != NULL) {
		named = mem_printf("--%s: %s", d->name, why);
		free(why);
		return named;
	}
	a->options[option] = value;
	if (option == ARGS_WHERE)
		a->where[a->n_where++] = value;
	return NULL;
}

/* argv[*i] is "--name", "--name=value" or "-x", "-xvalue"; a value may be the
 * next word. */
static char *parse_option(struct args *a, int argc, char **argv, int *i)
{
	const char *word = argv[*i], *value = NULL;
	size_t len = strcspn(word, "=");
	int option;

	if (word[1] == '-') {
		option = find_name(word + 2, len - 2);
		value = word[len] == '=' ? word + len + 1 : NULL;
	} else {
		option = find_letter(word[1]);
		value = word[2] != '\0' ? word + 2 : NULL;
	}
	if (option == ARGS_OPTIONS)
		return mem_printf("there is no option %.*s", (int)len, word);
	if (args_descriptions[option].value == NULL) {
		if (value != NULL)
			return mem_printf("--%s takes no value", args_descriptions[option].name);
		return set(a, option, "");
	}
	if (value == NULL && *i + 1 < argc)
		value = argv[++*i];
	return set(a, option, value != NULL ? value : "");
}

char *args_parse(struct args *a, int argc, char **argv)
{
	bool options = true;
	char *why = NULL;

	memset(a, 0, sizeof *a);
	a->words = mem_zero((size_t)argc + 1, sizeof *a->words);
	a->where = mem_zero((size_t)argc + 1, sizeof *a->where);
	for (int i = 1; i < argc && why == NULL; i++) {
		if (options && strcmp(argv[i], "--") == 0)
			options = false;
		else if (options && argv[i][0] == '-' && argv[i][1] != '\0')
			why = parse_option(a, argc, argv, &i);
		else
			a->words[a->n_words++] = argv[i];
	}
	return why;
}

void args_clear(struct args *a)
{
	free(a->words);
	free(a->where);
	memset(a, 0, sizeof *a);
}

char *args_check_allowed(const struct args *a, uint64_t allowed)
{
	for (int i = 0; i < ARGS_OPTIONS; i++) {
		if (a->options[i] != NULL && (allowed & ARGS_BIT(i)) == 0)
			return mem_printf("%s takes no --%s", a->words[0], args_descriptions[i].name);
	}
	return NULL;
}

int64_t args_number(const struct args *a, enum args_option option, int64_t fallback)
{
	const struct args_description *d = &args_descriptions[option];

	if (a->options[option] != NULL)
		free(conf_parse_int(a->options[option], d->min, d->max, &fallback));
	return fallback;
}

size_t args_pair(const char *word, const char **value)
{
	size_t len = strcspn(word, "=");

	if (word[len] == '\0')
		return 0;
	*value = word + len + 1;
	return len;
}
