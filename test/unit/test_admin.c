// link: operator/admin.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem.h"
#include "operator/admin.h"

#define COMMAND(status, inner) "<iq type='result'><command " \
	"xmlns='http://jabber.org/protocol/commands' status='" status "'>" inner "</command></iq>"
#define ERROR(inner) "<iq type='error'><error type='cancel'>" inner "</error></iq>"
#define CONDITION(name) "<" name " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
#define TEXT(text) "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>" text "</text>"

/* As Prosody 0.12 and ejabberd 23.01 answer, and what nobody should. */
static const struct {
	enum admin_act act;
	const char *iq;
	enum admin_result result;
	const char *condition, *text;
} answers[] = {
	{ ADMIN_ADD, COMMAND("completed", "<note type='info'>Account successfully created</note>"),
	  ADMIN_DONE, NULL, NULL },
	{ ADMIN_ADD, COMMAND("completed", ""), ADMIN_DONE, NULL, NULL },
	{ ADMIN_ADD, COMMAND("completed", "<note type='error'>Account already exists</note>"),
	  ADMIN_THERE, "conflict", "Account already exists" },
	{ ADMIN_ADD, ERROR(CONDITION("conflict")), ADMIN_THERE, "conflict", "conflict" },
	{ ADMIN_ADD, COMMAND("completed", "<note type='error'>Failed to write data to disk</note>"),
	  ADMIN_FAILED, "undefined-condition", "Failed to write data to disk" },
	{ ADMIN_ADD, COMMAND("completed", "<note type='info'>A</note><note type='error'>B</note>"),
	  ADMIN_FAILED, "undefined-condition", "B" },
	{ ADMIN_ADD, ERROR(CONDITION("item-not-found") TEXT("No hook")), ADMIN_FAILED,
	  "item-not-found", "No hook" },
	{ ADMIN_ADD, "<iq type='error'><error type='auth'>" CONDITION("forbidden") TEXT("Denied")
	  "</error></iq>", ADMIN_FORBIDDEN, "forbidden", "Denied" },
	{ ADMIN_ADD, ERROR(CONDITION("service-unavailable")), ADMIN_NO_COMMAND,
	  "service-unavailable", "service-unavailable" },
	{ ADMIN_ADD, ERROR(""), ADMIN_FAILED, "undefined-condition", "undefined-condition" },
	{ ADMIN_ADD, "<iq type='error'/>", ADMIN_FAILED, "undefined-condition",
	  "undefined-condition" },
	{ ADMIN_ADD, "<iq type='result'/>", ADMIN_FAILED, "undefined-condition",
	  "the server has not completed the command" },
	{ ADMIN_ADD, COMMAND("executing", ""), ADMIN_FAILED, "undefined-condition",
	  "the server has not completed the command" },
	{ ADMIN_DELETE, COMMAND("completed", "<note type='info'>The following accounts were "
	  "successfully deleted:\na@b\n</note>"), ADMIN_DONE, NULL, NULL },
	{ ADMIN_DELETE, COMMAND("completed", "<note type='info'>The following accounts could not "
	  "be deleted:\na@b</note>"), ADMIN_ABSENT, "item-not-found",
	  "The following accounts could not be deleted:\na@b" },
	{ ADMIN_DELETE, ERROR(CONDITION("item-not-found")), ADMIN_ABSENT, "item-not-found",
	  "item-not-found" },
	{ ADMIN_DELETE, ERROR(CONDITION("conflict")), ADMIN_FAILED, "conflict", "conflict" },
	{ ADMIN_PASSWORD, COMMAND("completed", "<note type='error'>User does not exist</note>"),
	  ADMIN_FAILED, "item-not-found", "User does not exist" },
	{ ADMIN_PASSWORD, ERROR(CONDITION("item-not-found")), ADMIN_FAILED, "item-not-found",
	  "item-not-found" },
};

static struct xml *parse(const char *text)
{
	struct xml *el = xml_parse(text, strlen(text), &xml_limits_stanza, NULL);

	assert_non_null(el);
	return el;
}

static void check_same(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		assert_ptr_equal(a, b);
	else
		assert_string_equal(a, b);
}

static void answers_of_servers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		struct xml *iq = parse(answers[i].iq);
		char *condition, *text;

		print_message("%s\n", answers[i].iq);
		assert_int_equal(admin_answer(answers[i].act, iq, &condition, &text),
		                 answers[i].result);
		check_same(condition, answers[i].condition);
		check_same(text, answers[i].text);
		free(condition);
		free(text);
		xml_free(iq);
	}
}

/* The fields of the form, as NAME=VALUE and a space each. */
static void check_form(enum admin_act act, const char *node, const char *expected)
{
	char *payload = admin_command(act, "a&b@c", "p<w>"), fields[512] = "";
	struct xml *command = parse(payload);
	const struct xml *x = xml_child(command, "x", "jabber:x:data"), *field;

	assert_string_equal(xml_get(command, "node"), node);
	assert_string_equal(xml_get(x, "type"), "submit");
	for (field = xml_first(x); field != NULL; field = xml_following(field)) {
		strcat(strcat(fields, xml_get(field, "var")), "=");
		strcat(strcat(fields, xml_text_of(xml_first(field))), " ");
	}
	assert_string_equal(fields, expected);
	xml_free(command);
	mem_wipe(payload, strlen(payload));
}

static void forms_are_those_of_xep_0133(void **state)
{
	(void)state;
	check_form(ADMIN_ADD, "http://jabber.org/protocol/admin#add-user",
	           "FORM_TYPE=http://jabber.org/protocol/admin accountjid=a&b@c password=p<w> "
	           "password-verify=p<w> ");
	check_form(ADMIN_DELETE, "http://jabber.org/protocol/admin#delete-user",
	           "FORM_TYPE=http://jabber.org/protocol/admin accountjids=a&b@c ");
	check_form(ADMIN_PASSWORD, "http://jabber.org/protocol/admin#change-user-password",
	           "FORM_TYPE=http://jabber.org/protocol/admin accountjid=a&b@c password=p<w> ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_of_servers),
		cmocka_unit_test(forms_are_those_of_xep_0133),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
