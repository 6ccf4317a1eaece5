// link: operator/fault.o operator/json.o operator/text.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "operator/fault.h"

static struct fault fault;

static void read_error(const char *inside)
{
	char text[1000];
	struct xml *iq;

	snprintf(text, sizeof text, "<iq type='error'>%s</iq>", inside);
	iq = xml_parse(text, strlen(text), &xml_limits_stanza, NULL);
	assert_non_null(iq);
	fault_from_stanza(&fault, iq);
	xml_free(iq);
}

static void check(const char *condition, int exit, bool away)
{
	char inside[400];

	snprintf(inside, sizeof inside, "<error type='cancel'><text xmlns='urn:ietf:params:xml:ns:"
	         "xmpp-stanzas'>why</text><%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
	         condition);
	read_error(inside);
	assert_string_equal(fault.condition, condition);
	assert_int_equal(fault.exit, exit);
	assert_int_equal(fault_is_away(&fault), away);
	assert_true(away || strncmp(fault.text, "why", 3) == 0);
}

static void conditions_have_exit_statuses(void **state)
{
	(void)state;
	check("bad-request", 1, false);
	check("item-not-found", 1, false);
	check("conflict", 1, false);
	check("feature-not-implemented", 1, false);
	check("forbidden", 4, false);
	check("not-allowed", 4, false);
	check("resource-constraint", 5, false);
	check("remote-server-not-found", 5, true);
	check("remote-server-timeout", 5, true);
	check("service-unavailable", 5, true);
}

static void errors_without_what_they_need(void **state)
{
	(void)state;
	read_error("");
	assert_string_equal(fault.condition, "undefined-condition");
	assert_int_equal(fault.exit, 1);
	read_error("<error><own xmlns='urn:x'/></error>");
	assert_string_equal(fault.condition, "undefined-condition");
	read_error("<error><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>");
	assert_non_null(strstr(fault.text, "units.conf"));
}

#define CONFLICT "<conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"

/* A token does not help who has named two devices. */
static void our_own_condition_changes_the_advice(void **state)
{
	(void)state;
	read_error("<error type='cancel'>" CONFLICT "<token-used xmlns='urn:platen:operation:1'/>"
	           "</error>");
	assert_non_null(strstr(fault.text, "--token"));
	read_error("<error type='cancel'>" CONFLICT "<ambiguous-device xmlns='urn:platen:operation:1'/>"
	           "</error>");
	assert_null(strstr(fault.text, "--token"));
	assert_non_null(strstr(fault.text, "JID"));
	assert_int_equal(fault.exit, 1);
}

static void advice_is(const char *condition, const char *own, const char *advice)
{
	char inside[400];

	snprintf(inside, sizeof inside, "<error type='cancel'><%s xmlns='urn:ietf:params:xml:ns:"
	         "xmpp-stanzas'/><%s xmlns='urn:platen:operation:1'/></error>", condition, own);
	read_error(inside);
	assert_non_null(strstr(fault.text, advice));
	assert_int_equal(fault.exit, 1);
}

static void a_campaigns_errors_have_their_own(void **state)
{
	(void)state;
	advice_is("conflict", "campaign-ended", "campaign list");
	advice_is("item-not-found", "unknown-campaign", "campaign list");
	advice_is("item-not-found", "no-devices", "platen devices");
	advice_is("feature-not-implemented", "unknown-command", "platen help request");
	read_error("<error type='cancel'>" CONFLICT "</error>");
	assert_null(strstr(fault.text, "--token"));
}

static int clean_up(void **state)
{
	(void)state;
	fault_clear(&fault);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_have_exit_statuses),
		cmocka_unit_test(errors_without_what_they_need),
		cmocka_unit_test(our_own_condition_changes_the_advice),
		cmocka_unit_test(a_campaigns_errors_have_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, clean_up);
}
