#include "operator/admin.h"

#include <stdbool.h>
#include <string.h>

#include "common/mem.h"

#define COMMANDS_NS "http://jabber.org/protocol/commands"
#define ADMIN_NS "http://jabber.org/protocol/admin"
#define FORM_NS "jabber:x:data"
#define STANZAS_NS "urn:ietf:params:xml:ns:xmpp-stanzas"

static const struct {
	const char *node, *jid, *password, *again;   /* the form's fields; NULL: it has none */
} acts[] = {
	[ADMIN_ADD] = { ADMIN_NS "#add-user", "accountjid", "password", "password-verify" },
	[ADMIN_DELETE] = { ADMIN_NS "#delete-user", "accountjids", NULL, NULL },
	[ADMIN_PASSWORD] = { ADMIN_NS "#change-user-password", "accountjid", "password", NULL },
};

static void put_field(struct xml_writer *w, const char *name, const char *value)
{
	if (name == NULL)
		return;
	xml_open(w, "field", FORM_NS);
	xml_attr(w, "var", name);
	xml_element(w, "value", FORM_NS, value);
	xml_close(w);
}

char *admin_command(enum admin_act act, const char *jid, const char *password)
{
	struct xml_writer w = { 0 };

	xml_open(&w, "command", COMMANDS_NS);
	xml_attr(&w, "action", "execute");
	xml_attr(&w, "node", acts[act].node);
	xml_open(&w, "x", FORM_NS);
	xml_attr(&w, "type", "submit");
	put_field(&w, "FORM_TYPE", ADMIN_NS);
	put_field(&w, acts[act].jid, jid);
	put_field(&w, acts[act].password, password);
	put_field(&w, acts[act].again, password);
	xml_close(&w);
	xml_close(&w);
	return xml_take(&w, NULL);
}

static const struct {
	const char *condition;
	int act;                  /* -1: any */
	enum admin_result result;
} meanings[] = {
	{ "conflict", ADMIN_ADD, ADMIN_THERE },
	{ "item-not-found", ADMIN_DELETE, ADMIN_ABSENT },
	{ "forbidden", -1, ADMIN_FORBIDDEN },
	{ "not-authorized", -1, ADMIN_FORBIDDEN },
	{ "service-unavailable", -1, ADMIN_NO_COMMAND },
	{ "feature-not-implemented", -1, ADMIN_NO_COMMAND },
};

static enum admin_result meaning(enum admin_act act, const char *condition)
{
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
		if (strcmp(meanings[i].condition, condition) == 0 &&
		    (meanings[i].act < 0 || meanings[i].act == (int)act))
			return meanings[i].result;
	}
	return ADMIN_FAILED;
}

/* Prosody completes what it does not do, and says so in words only, for delete in a note
 * that is no error. */
static const struct {
	const char *words, *condition;
} notes[] = {
	{ "already exists", "conflict" },
	{ "does not exist", "item-not-found" },
	{ "could not be deleted", "item-not-found" },
};

static const char *condition_of_note(const struct xml *note)
{
	const char *type = xml_get(note, "type");

	for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
		if (strstr(xml_text_of(note), notes[i].words) != NULL)
			return notes[i].condition;
	}
	return type != NULL && strcmp(type, "error") == 0 ? "undefined-condition" : NULL;
}

static const char *condition_of_error(const struct xml *error)
{
	const struct xml *el = xml_first(error);

	while (el != NULL && (strcmp(el->ns, STANZAS_NS) != 0 || strcmp(el->name, "text") == 0))
		el = xml_following(el);
	return el == NULL ? "undefined-condition" : el->name;
}

/* NULL: it was done. */
static const char *condition_of_command(const struct xml *command, const char **said)
{
	const char *status = xml_get(command, "status"), *condition = NULL;
	const struct xml *note = xml_child(command, "note", COMMANDS_NS);

	for (; note != NULL && condition == NULL; note = xml_again(note, "note", COMMANDS_NS)) {
		*said = xml_text_of(note);
		condition = condition_of_note(note);
	}
	if (condition != NULL || (status != NULL && strcmp(status, "completed") == 0))
		return condition;
	*said = "the server has not completed the command";
	return "undefined-condition";
}

enum admin_result admin_answer(enum admin_act act, const struct xml *iq, char **condition,
                               char **text)
{
	const struct xml *error = xml_child(iq, "error", NULL);
	const char *type = xml_get(iq, "type"), *name, *said = "";

	*condition = *text = NULL;
	if (type != NULL && strcmp(type, "error") == 0) {
		name = condition_of_error(error);
		said = xml_text_of(xml_child(error, "text", STANZAS_NS));
	} else {
		name = condition_of_command(xml_child(iq, "command", COMMANDS_NS), &said);
	}
	if (name == NULL)
		return ADMIN_DONE;
	*condition = mem_strdup(name);
	*text = mem_strdup(*said != '\0' ? said : name);
	return meaning(act, name);
}
