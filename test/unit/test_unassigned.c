// link: test/unit/component_fixture.o
/* Who presents itself as a device and is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem.h"
#include "component/unassigned.h"
#include "test/unit/component_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#define LIST "<unassigned xmlns='urn:platen:device:1'"
#define RSM "http://jabber.org/protocol/rsm"
#define MORE_UNITS "[unit acme]\ndevices = mfp-*@example.com\n" \
                   "operator alice@example.com = view admin\n" \
                   "[unit new]\ndevices = new-*@example.com\n"

static void assert_sent(const char *text)
{
	if (strstr(fixture_sent(), text) == NULL)
		fail_msg("\"%s\" is not in: %s", text, fixture_sent());
}

static void arrive(const char *jid, const char *facts)
{
	char *text = mem_printf("<presence from='%s' to='devices.example.com'>"
	                        "<device xmlns='urn:platen:device:1' %s/></presence>", jid, facts);

	fixture_forget();
	fixture_say(text);
	free(text);
}

static void ask(const char *inside)
{
	char *text = mem_printf("<iq type='get' id='q' " FROM_ALICE ">" LIST ">%s</unassigned></iq>",
	                        inside);

	fixture_forget();
	fixture_say(text);
	free(text);
}

static void who_has_no_unit_is_listed(void **state)
{
	(void)state;
	arrive("new-1@example.com/platen-a", "serial='N1' model='M'");
	assert_sent("<forbidden ");
	fixture_pass(4000);
	arrive("New-1@Example.com/platen-b", "serial='N2'");
	ask("");
	assert_sent(LIST "><device xmlns='urn:platen:device:1' device='new-1@example.com' "
	            "first='2026-01-02T12:00:00.000Z' last='2026-01-02T12:00:04.000Z' times='2' "
	            "reason='no-unit' model='M' serial='N2'/>");
	assert_string_equal(unassigned_find(&fixture.unassigned, "new-1@example.com")->full,
	                    "New-1@Example.com/platen-b");
	assert_null(device_find(&fixture.devices, "new-1@example.com"));
}

static void a_keep_alive_lists_too(void **state)
{
	(void)state;
	fixture_say("<iq type='get' id='k' from='new-1@example.com/a' to='devices.example.com'>"
	            "<keepalive xmlns='urn:platen:keepalive:1'/></iq>");
	assert_sent("new-1@example.com is not known here as a device");
	ask("");
	assert_sent("times='1' reason='no-unit'/>");
}

/* Of other servers, without a resource, without saying that they are devices. */
static void others_are_forbidden_and_not_listed(void **state)
{
	(void)state;
	arrive("new-1@example.org/a", "");
	assert_sent("<forbidden ");
	arrive("new-1@sub.example.com/a", "");
	assert_sent("<forbidden ");
	arrive("new-1@example.com", "");
	assert_sent("<forbidden ");
	fixture_say("<presence from='new-2@example.com/a' to='devices.example.com'/>");
	assert_int_equal(HASH_COUNT(fixture.unassigned.by_jid), 0);
}

static void the_list_is_bounded(void **state)
{
	char *longest = mem_printf("serial='%0257d' model='%0256d'", 0, 0), jid[64];
	const struct unassigned_entry *e;

	(void)state;
	for (int i = 0; i < 5; i++) {
		snprintf(jid, sizeof jid, "new-%d@example.com/a", i);
		arrive(jid, longest);
	}
	arrive("new-0@example.com/a", "");
	arrive("new-9@example.com/a", "");
	assert_int_equal(HASH_COUNT(fixture.unassigned.by_jid), 5);
	assert_null(unassigned_find(&fixture.unassigned, "new-1@example.com"));
	e = unassigned_find(&fixture.unassigned, "new-0@example.com");
	assert_non_null(e);
	assert_null(e->facts[2]);
	assert_int_equal(strlen(e->facts[1]), 256);
	assert_int_equal(fixture.unassigned.dropped, 1);
	free(longest);
}

/* Which rows come, in which order. */
static void check_page(const char *set, const char *rows, bool more)
{
	char *inside = mem_printf("<set xmlns='" RSM "'>%s</set>", set), got[16] = "";
	const char *s;

	ask(inside);
	free(inside);
	s = fixture_sent();
	for (size_t n = 0; (s = strstr(s, " device='new-")) != NULL && n < 8; s++)
		snprintf(got + n++, 2, "%c", s[strlen(" device='new-")]);
	assert_string_equal(got, rows);
	assert_int_equal(fixture_count(" more='true'"), more);
}

static void it_is_paged(void **state)
{
	(void)state;
	for (int i = 5; i > 0; i--) {
		char jid[64];

		snprintf(jid, sizeof jid, "new-%d@example.com/a", i);
		arrive(jid, "");
	}
	check_page("", "12345", false);
	check_page("<max>2</max>", "12", true);
	check_page("<max>2</max><after>new-2@example.com</after>", "34", true);
	check_page("<max>2</max><after>new-3z@example.com</after>", "45", false);
	check_page("<max>2</max><before/>", "45", true);
	check_page("<max>2</max><before>new-3@example.com</before>", "12", false);
	check_page("<max>2</max><before>new-4@example.com</before>", "23", true);
	check_page("<after>new-5@example.com</after>", "", false);
	check_page("<max>0</max>", "", false);
	assert_sent("<count>5</count>");
	ask("<set xmlns='" RSM "'><index>1</index></set>");
	assert_sent("<bad-request ");
}

/* In pages that a server passes, however long the facts are. */
static void a_page_is_not_too_large(void **state)
{
	char *amps = mem_zero(256 * 5 + 1, 1), *facts, jid[64];

	(void)state;
	fixture.config.unassigned = 100;
	for (int i = 0; i < 256; i++)
		strcat(amps, "&amp;");
	facts = mem_printf("model='%s' serial='%s' name='%s' host='%s'", amps, amps, amps, amps);
	for (int i = 0; i < 50; i++) {
		snprintf(jid, sizeof jid, "new-%02d@example.com/a", i);
		arrive(jid, facts);
	}
	ask("");
	assert_int_equal(fixture_count(" more='true'"), 1);
	assert_in_range(strlen(fixture_sent()), 64 * 1024, 128 * 1024);
	free(facts);
	free(amps);
}

static void a_decommissioned_device_is_listed_for_its_unit(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A "<iq type='set' id='c' " FROM_ALICE "><decommission "
	            "xmlns='urn:platen:device:1' device='mfp-1@example.com'/></iq>");
	ask("");
	assert_sent("times='0' reason='decommissioned' model='M1' serial='S1' client='c/1'/>");
	fixture_say(ARRIVE_A);
	ask("");
	assert_sent("times='1' reason='decommissioned'");
	fixture_forget();
	fixture_say("<iq type='get' id='q' from='carol@example.com/x' to='devices.example.com'>" LIST
	            "/></iq>");
	assert_sent("type='result'");
	assert_int_equal(fixture_count("<device "), 0);
}

static void answer_ask(const char *type, const char *from)
{
	char *text = mem_printf("<iq type='%s' from='%s' to='devices.example.com' id='%s'>" DEVICE
	                        "</iq>", type, from, fixture_ask());

	fixture_forget();
	fixture_say(text);
	free(text);
}

static void who_gets_a_unit_is_asked_at_once(void **state)
{
	(void)state;
	arrive("new-1@example.com/platen-a", "");
	arrive("other@example.com/platen-a", "");
	fixture_forget();
	fixture_units(MORE_UNITS);
	assert_int_equal(fixture_count("<iq type='get'"), 1);
	assert_sent("to='new-1@example.com/platen-a'");
	answer_ask("result", "new-1@example.com/platen-b");
	answer_ask("result", "other@example.com/platen-a");
	assert_null(device_find(&fixture.devices, "new-1@example.com"));
	answer_ask("result", "new-1@example.com/platen-a");
	assert_true(device_find(&fixture.devices, "new-1@example.com")->online);
	assert_int_equal(HASH_COUNT(fixture.unassigned.by_jid), 1);
	answer_ask("result", "new-1@example.com/platen-a");
	assert_true(device_find(&fixture.devices, "new-1@example.com")->shown);
}

/* Or tries again by itself before it answers, or is not there any more. */
static void other_ways_out_of_the_list(void **state)
{
	(void)state;
	arrive("new-1@example.com/platen-a", "");
	arrive("new-2@example.com/platen-a", "");
	fixture_units(MORE_UNITS);
	answer_ask("error", "new-2@example.com/platen-a");
	assert_null(device_find(&fixture.devices, "new-2@example.com"));
	assert_non_null(unassigned_find(&fixture.unassigned, "new-2@example.com"));
	arrive("new-1@example.com/platen-a", "");
	assert_true(device_find(&fixture.devices, "new-1@example.com")->online);
	assert_null(unassigned_find(&fixture.unassigned, "new-1@example.com"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_has_no_unit_is_listed),
		TEST(a_keep_alive_lists_too),
		TEST(others_are_forbidden_and_not_listed),
		TEST(the_list_is_bounded),
		TEST(it_is_paged),
		TEST(a_page_is_not_too_large),
		TEST(a_decommissioned_device_is_listed_for_its_unit),
		TEST(who_gets_a_unit_is_asked_at_once),
		TEST(other_ways_out_of_the_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
