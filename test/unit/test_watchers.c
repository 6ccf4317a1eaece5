// link: test/unit/component_fixture.o
/* Who watches is told of each change that he may see, as long as his lease lasts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem.h"
#include "component/watch.h"
#include "test/unit/component_fixture.h"

#define OPERATION "xmlns='urn:platen:operation:1'"
#define BOLT "from='bolt-1@example.com/platen-a' to='devices.example.com'"
#define BOLT_ARRIVES "<presence " BOLT ">" DEVICE "</presence>"
#define LEAVE_A "<presence type='unavailable' " FROM_A "/>"
#define DONE "<outcome " OPERATION " status='done'/>"
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

/* who: "bob/desk". The answer is all that was sent. */
static void watch(const char *who, const char *attributes)
{
	char *jid = mem_printf("%.*s@example.com%s", (int)strcspn(who, "/"), who,
	                       who + strcspn(who, "/"));
	char *text = mem_printf("<iq type='set' id='w' from='%s' to='devices.example.com'><watch "
	                        OPERATION " %s/></iq>", jid, attributes);

	fixture_forget();
	fixture_say(text);
	free(text);
	free(jid);
}

static void is_leased(const char *who, const char *attributes, bool is_new)
{
	watch(who, attributes);
	assert_int_equal(fixture_count("type='result'"), 1);
	assert_int_equal(fixture_count(" new='true'"), is_new);
	fixture_forget();
}

static unsigned headlines_to(const char *full)
{
	char *to = mem_printf("<message type='headline' from='devices.example.com' to='%s'", full);
	unsigned n = fixture_count(to);

	free(to);
	return n;
}

static void each_arrow_is_told(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	is_leased("bob/desk", "seconds='60'", true);
	fixture_say(SUBMIT);
	assert_int_equal(headlines_to("bob@example.com/desk"), 2);
	assert_int_equal(fixture_count("status='queued' cause='submitted'"), 1);
	assert_int_equal(fixture_count("status='transmitted' cause='sent'"), 1);
	assert_int_equal(fixture_count("<body"), 0);
	fixture_answer("result", FROM_A, DONE);
	assert_int_equal(headlines_to("bob@example.com/desk"), 1);
	assert_int_equal(headlines_to("alice@example.com/cli"), 1);
	assert_int_equal(fixture_count("device='mfp-1@example.com' command='get-supplies'"), 2);
	assert_int_equal(fixture_count("status='responded'"), 2);
	assert_int_equal(fixture_count(DONE), 2);
}

static void devices_that_go_on_and_off_are_told(void **state)
{
	(void)state;
	is_leased("bob/desk", "seconds='60'", true);
	fixture_say(ARRIVE_A);
	assert_int_equal(headlines_to("bob@example.com/desk"), 1);
	assert_int_equal(fixture_count(" online='true'"), 1);
	assert_int_equal(fixture_count(" model='M1'"), 1);
	fixture_forget();
	fixture_say(ARRIVE_A ARRIVE_B LEAVE_A);
	assert_int_equal(headlines_to("bob@example.com/desk"), 0);
	fixture_say("<presence type='unavailable' " FROM_B "/>");
	assert_int_equal(headlines_to("bob@example.com/desk"), 1);
	assert_int_equal(fixture_count(" online='false'"), 1);
	fixture_say(ARRIVE_A);
	fixture_forget();
	fixture_say("<iq type='set' id='d' " FROM_ALICE "><decommission xmlns='urn:platen:device:1' "
	            "device='mfp-1'/></iq>");
	assert_int_equal(headlines_to("bob@example.com/desk"), 1);
}

/* They are in an answer to a list; here they would be sent again and again. */
static void figures_are_not_told(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	fixture_answer("result", FROM_A, "<outcome " OPERATION " status='done'><supplies "
	               "xmlns='urn:platen:mfp:1' source='snmp' taken='2026-01-02T12:00:00Z'>"
	               "<supply index='1.1' level='4' capacity='7'/></supplies></outcome>");
	is_leased("bob/desk", "seconds='60'", true);
	fixture_say(LEAVE_A);
	assert_int_equal(headlines_to("bob@example.com/desk"), 1);
	assert_int_equal(fixture_count("<supplies"), 0);
}

static void filters_leave_their_own(void **state)
{
	(void)state;
	fixture_say("<presence from='mfp-2@example.com/platen-a' to='devices.example.com'>" DEVICE
	            "</presence>");
	is_leased("bob/1", "seconds='60' unit='acme'", true);
	is_leased("carol/2", "seconds='60' unit='bolt'", true);
	fixture_say(ARRIVE_A);
	is_leased("bob/3", "seconds='60' device='mfp-1'", true);
	is_leased("bob/4", "seconds='60' device='mfp-2@example.com'", true);
	fixture_say(SUBMIT);
	fixture_say(LEAVE_A);
	assert_int_equal(headlines_to("bob@example.com/1"), 4);
	assert_int_equal(headlines_to("carol@example.com/2"), 0);
	assert_int_equal(headlines_to("bob@example.com/3"), 4);
	assert_int_equal(headlines_to("bob@example.com/4"), 0);
	is_leased("bob/4", "seconds='60'", false);
	fixture_say(ARRIVE_A);
	assert_int_equal(headlines_to("bob@example.com/4"), 2);
}

static void what_there_is_not_cannot_be_watched(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A BOLT_ARRIVES);
	watch("bob/desk", "seconds='60' unit='typo'");
	assert_int_equal(fixture_count("<unknown-unit "), 1);
	watch("bob/desk", "seconds='60' unit='bolt'");
	assert_int_equal(fixture_count("<unknown-unit "), 1);
	watch("bob/desk", "seconds='60' device='typo'");
	assert_int_equal(fixture_count("<unknown-device "), 1);
	watch("bob/desk", "seconds='60' device='bolt-1@example.com'");
	assert_int_equal(fixture_count("<unknown-device "), 1);
	assert_null(fixture.watchers);
	/* Its end needs nothing. */
	watch("bob/desk", "seconds='0' unit='typo' device='typo'");
	assert_int_equal(fixture_count("type='result'"), 1);
}

static void only_what_he_may_view_and_only_as_long(void **state)
{
	(void)state;
	is_leased("bob/desk", "seconds='60'", true);
	is_leased("carol/desk", "seconds='60'", true);
	fixture_say(ARRIVE_A BOLT_ARRIVES SUBMIT);
	assert_int_equal(headlines_to("bob@example.com/desk"), 3);
	assert_int_equal(headlines_to("carol@example.com/desk"), 1);
	fixture_units("[unit acme]\ndevices = mfp-*@example.com, bolt-*@example.com\n"
	              "operator alice@example.com = view request\n"
	              "operator bob@example.com = request\noperator carol@example.com = view\n");
	fixture_forget();
	fixture_answer("result", FROM_A, DONE);
	assert_int_equal(headlines_to("bob@example.com/desk"), 0);
	assert_int_equal(headlines_to("carol@example.com/desk"), 1);
}

static void a_lease_ends_by_itself_and_by_word(void **state)
{
	(void)state;
	is_leased("bob/desk", "seconds='60'", true);
	fixture_pass(59000);
	is_leased("bob/desk", "seconds='60'", false);
	fixture_pass(59000);
	fixture_say(ARRIVE_A);
	assert_int_equal(headlines_to("bob@example.com/desk"), 1);
	fixture_pass(1000);
	fixture_forget();
	fixture_say(LEAVE_A);
	assert_int_equal(headlines_to("bob@example.com/desk"), 0);
	assert_null(fixture.watchers);
	is_leased("bob/desk", "seconds='5'", true);
	is_leased("bob/desk", "seconds='0'", false);
	assert_null(fixture.watchers);
	is_leased("bob/desk", "seconds='0'", false);
}

static void what_does_not_fit_is_counted(void **state)
{
	(void)state;
	is_leased("bob/desk", "seconds='60'", true);
	fixture_backlog(WATCH_BACKLOG);
	fixture_say(ARRIVE_A LEAVE_A ARRIVE_A);
	assert_int_equal(headlines_to("bob@example.com/desk"), 0);
	fixture_backlog(0);
	fixture_say(LEAVE_A);
	assert_int_equal(headlines_to("bob@example.com/desk"), 1);
	assert_int_equal(fixture_count("<missed " OPERATION " n='3'/>"), 1);
	fixture_forget();
	fixture_say(ARRIVE_A);
	assert_int_equal(headlines_to("bob@example.com/desk"), 1);
	assert_int_equal(fixture_count("<missed "), 0);
}

/* Who renews his lease is told, though nothing else happens. */
static void what_was_missed_is_told_with_a_renewal(void **state)
{
	(void)state;
	is_leased("bob/desk", "seconds='60'", true);
	fixture_backlog(WATCH_BACKLOG);
	fixture_say(ARRIVE_A);
	fixture_backlog(0);
	watch("bob/desk", "seconds='60'");
	assert_int_equal(fixture_count("<missed " OPERATION " n='1'/></message>"), 1);
	watch("bob/desk", "seconds='60'");
	assert_int_equal(fixture_count("<missed "), 0);
}

static void there_are_bounds(void **state)
{
	char units[8000] = "[unit acme]\ndevices = mfp-*@example.com\n"
	                   "operator op*@example.com = view\n";
	char who[40];

	(void)state;
	fixture_units(units);
	for (int i = 0; i < WATCH_OPERATOR; i++) {
		snprintf(who, sizeof who, "op/%d", i);
		is_leased(who, "seconds='300'", true);
	}
	watch("op/more", "seconds='300'");
	assert_int_equal(fixture_count("<limit " OPERATION " name='watches'/>"), 1);
	is_leased("op/1", "seconds='300'", false);
	for (int i = WATCH_OPERATOR; i < WATCH_ALL; i++) {
		snprintf(who, sizeof who, "op%d/x", i);
		is_leased(who, "seconds='300'", true);
	}
	watch("opnew/x", "seconds='300'");
	assert_int_equal(fixture_count("<limit " OPERATION " name='watches'/>"), 1);
	is_leased("op/1", "seconds='0'", false);
	is_leased("opnew/x", "seconds='300'", true);
}

static void what_is_wrong_is_refused(void **state)
{
	static const char *const wrong[] = { "", "seconds='4'", "seconds='301'", "seconds='soon'",
	                                     "seconds='-1'", "seconds='60' colour='red'" };

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		watch("bob/desk", wrong[i]);
		assert_int_equal(fixture_count("<bad-request "), 1);
	}
	watch("stranger/x", "seconds='60'");
	assert_int_equal(fixture_count("<forbidden "), 1);
	assert_null(fixture.watchers);
}

/* It is no order: a lease each minute is nothing that anybody wants to read about. */
static void the_audit_has_no_word_of_it(void **state)
{
	(void)state;
	is_leased("bob/desk", "seconds='60'", true);
	watch("bob/desk", "seconds='1'");
	fixture_forget();
	fixture_say("<iq type='get' id='q' " FROM_ALICE "><audit xmlns='urn:platen:audit:1'/></iq>");
	assert_int_equal(fixture_count("<event "), 0);
}

static void leases_do_not_outlive_the_component(void **state)
{
	(void)state;
	is_leased("bob/desk", "seconds='60'", true);
	fixture_restart();
	fixture_online(true);
	is_leased("bob/desk", "seconds='60'", true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_arrow_is_told),
		TEST(devices_that_go_on_and_off_are_told),
		TEST(figures_are_not_told),
		TEST(filters_leave_their_own),
		TEST(what_there_is_not_cannot_be_watched),
		TEST(only_what_he_may_view_and_only_as_long),
		TEST(a_lease_ends_by_itself_and_by_word),
		TEST(what_does_not_fit_is_counted),
		TEST(what_was_missed_is_told_with_a_renewal),
		TEST(there_are_bounds),
		TEST(what_is_wrong_is_refused),
		TEST(the_audit_has_no_word_of_it),
		TEST(leases_do_not_outlive_the_component),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
