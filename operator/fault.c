#include "operator/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "operator/json.h"
#include "operator/text.h"

#define STANZAS_NS "urn:ietf:params:xml:ns:xmpp-stanzas"

static const char away[] = "the component is away: see that it runs, and that [component] jid "
                           "is its";
static const char rights[] = "an administrator gives rights in the component's units.conf";

/* Conditions not in here: refused. */
static const struct {
	const char *condition;
	int exit;
	const char *advice;
	bool away;
	const char *own;      /* only with this condition of ours; NULL: with any or none */
} known[] = {
	{ "conflict", EXIT_REFUSED, "name it by its JID", false, "ambiguous-device" },
	{ "conflict", EXIT_REFUSED, "'platen device' tells what it is", false, "known-device" },
	{ "forbidden", EXIT_NOT_ALLOWED, rights, false, NULL },
	{ "not-allowed", EXIT_NOT_ALLOWED, "check that [component] jid is the component's", false,
	  NULL },
	{ "not-authorized", EXIT_NOT_ALLOWED, rights, false, NULL },
	{ "item-not-found", EXIT_REFUSED, "'platen requests' shows what is yours", false,
	  "unknown-request" },
	{ "item-not-found", EXIT_REFUSED, "'platen campaign list' shows what is yours", false,
	  "unknown-campaign" },
	{ "item-not-found", EXIT_REFUSED, "'platen devices' shows what is yours", false, NULL },
	{ "conflict", EXIT_REFUSED, "'platen campaign list' shows those that go on", false,
	  "campaign-ended" },
	{ "conflict", EXIT_REFUSED, "use another --token", false, "token-used" },
	{ "feature-not-implemented", EXIT_REFUSED,
	  "'platen help request' lists the commands that devices have", false, NULL },
	{ "resource-constraint", EXIT_NO_CONNECTION, "try again later", false, NULL },
	{ "remote-server-not-found", EXIT_NO_CONNECTION, away, true, NULL },
	{ "remote-server-timeout", EXIT_NO_CONNECTION, away, true, NULL },
	{ "service-unavailable", EXIT_NO_CONNECTION, away, true, NULL },
	{ "recipient-unavailable", EXIT_NO_CONNECTION, away, true, NULL },
};

#define KNOWN (sizeof known / sizeof *known)

static size_t find(const char *condition, const struct xml *error)
{
	size_t i = 0;

	while (i < KNOWN && (strcmp(known[i].condition, condition) != 0 ||
	                     (known[i].own != NULL &&
	                      xml_child(error, known[i].own, ROW_OPERATION_NS) == NULL)))
		i++;
	return i;
}

void fault_clear(struct fault *f)
{
	free(f->condition);
	free(f->text);
	memset(f, 0, sizeof *f);
}

void fault_set(struct fault *f, int exit, const char *condition, const char *fmt, ...)
{
	char *own = mem_strdup(condition), *text;
	va_list ap;

	va_start(ap, fmt);
	text = mem_vprintf(fmt, ap);
	va_end(ap);
	fault_clear(f);
	f->exit = exit;
	f->condition = own;
	f->text = text;
}

static const struct xml *condition_of(const struct xml *error)
{
	const struct xml *el = xml_first(error);

	while (el != NULL && (strcmp(el->ns, STANZAS_NS) != 0 || strcmp(el->name, "text") == 0))
		el = xml_following(el);
	return el;
}

void fault_from_stanza(struct fault *f, const struct xml *stanza)
{
	const struct xml *error = xml_child(stanza, "error", NULL);
	const struct xml *el = condition_of(error);
	const char *condition = el == NULL ? "undefined-condition" : el->name;
	const char *said = xml_text_of(xml_child(error, "text", STANZAS_NS));
	size_t i = find(condition, error);

	if (i == KNOWN)
		fault_set(f, EXIT_REFUSED, condition, "%s", *said ? said : condition);
	else if (*said == '\0' || known[i].away)
		fault_set(f, known[i].exit, condition, "%s", known[i].advice);
	else
		fault_set(f, known[i].exit, condition, "%s; %s", said, known[i].advice);
}

bool fault_is_away(const struct fault *f)
{
	size_t i = f->condition == NULL ? KNOWN : find(f->condition, NULL);

	return i < KNOWN && known[i].away;
}

void fault_print(const struct fault *f, bool json)
{
	char *condition, *text;

	if (json)
		json_print(stdout, json_fault(f));
	/* A mistake of who wrote the command is told him in any case. */
	if (json && f->exit != EXIT_USAGE)
		return;
	condition = text_clean(f->condition);
	text = text_clean(f->text);
	fprintf(stderr, "platen: %s: %s\n", condition, text);
	free(condition);
	free(text);
}
