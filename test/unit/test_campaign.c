// link: test/unit/campaign_fixture.o test/unit/component_fixture.o
/* Campaigns: who is asked and when, what operators order, what they are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/file.h"
#include "common/mem.h"
#include "component/campaign_table.h"
#include "test/unit/campaign_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

static void one_device_after_the_other_is_asked(void **state)
{
	(void)state;
	campaign_devices(3);
	campaign_started("name='toner'", ACME);
	assert_int_equal(fixture_count("status='running'"), 1);
	assert_int_equal(fixture_count("members='3'"), 1);
	assert_int_equal(fixture_count("<operation "), 0);
	fixture_pass(10);
	assert_int_equal(fixture_count("<operation "), 1);
	assert_int_equal(fixture_count("to='mfp-1@example.com/platen-a'"), 1);
	fixture_pass(900);
	assert_int_equal(fixture_count("<operation "), 1);
	fixture_pass(100);
	assert_int_equal(fixture_count("<operation "), 2);
	campaign_counts("waiting=1 open=2");
}

static void its_end_is_told_to_who_has_started_it(void **state)
{
	const char *id;

	(void)state;
	campaign_devices(2);
	id = campaign_started("name='toner'", ACME);
	campaign_answers(1, DONE);
	assert_int_equal(fixture_count("<message "), 0);
	campaign_answers(1, FAILS);
	fixture_pass(0);
	assert_int_equal(fixture_count("<message "), 1);
	assert_int_equal(fixture_count("type='headline'"), 1);
	assert_int_equal(fixture_count("to='alice@example.com/cli'"), 1);
	assert_int_equal(fixture_count(id), 2);
	assert_int_equal(fixture_count("<body>toner (get-supplies): finished, 1 responded, 1 failed"), 1);
	assert_int_equal(fixture_count("status='finished'"), 1);
	campaign_counts("responded=1 failed=1");
}

static void only_devices_that_fit_are_selected(void **state)
{
	static const struct { const char *select; const char *members; } cases[] = {
		{ "<select unit='acme'/>", "members='3'" },
		{ "<select device='mfp-?@example.com'/>", "members='3'" },
		{ "<select device='mfp-2@*'/>", "members='1'" },
		{ "<select model='M1' online='true'/>", "members='2'" },
		{ "<select online='false'/>", "members='1'" },
		{ "<select model='M2'/>", "members='0'" },
		{ "<select domain='Branch.example'/>", "members='1'" },
		{ "<select firmware='7' manufacturer='Acme'/>", "members='1'" },
	};

	(void)state;
	campaign_devices(2);
	fixture_say("<presence from='mfp-3@example.com/platen-a' to='devices.example.com'>"
	            "<device xmlns='urn:platen:device:1' model='M1' manufacturer='Acme' firmware='7' "
	            "host='p3.branch.example'/></presence>"
	            "<presence type='unavailable' from='mfp-3@example.com/platen-a' "
	            "to='devices.example.com'/>"
	            "<presence from='bolt-1@example.com/platen-a' to='devices.example.com'>" DEVICE
	            "</presence>");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		campaign_order("command='get-supplies' dry-run='true'", cases[i].select);
		assert_int_equal(fixture_count(cases[i].members), *cases[i].members == '0' ? 1 : 1
		                 + (strstr(cases[i].members, "'0'") == NULL));
	}
	assert_int_equal(HASH_COUNT(fixture.campaigns.by_id), 0);
}

/* A command of its own has who says so. */
static void only_devices_that_have_the_command_are_asked(void **state)
{
	static const char own[] = "<command name='get-supplies'/><command name='blink' "
	                          "right='request'><argument name='times' type='integer' "
	                          "required='true'/></command>";

	(void)state;
	campaign_devices(4);
	for (int i = 1; i <= 2; i++) {
		char *stanza = mem_printf("<presence from='mfp-%d@example.com/platen-a' "
		                          "to='devices.example.com'><device xmlns='urn:platen:device:1' "
		                          "commands='e1b6a2b1a5a9e9b5e6a4c0f10b4a7c11'/></presence><iq "
		                          "type='result' id='commands' from='mfp-%d@example.com/platen-a' "
		                          "to='devices.example.com'><commands "
		                          "xmlns='urn:platen:operation:1'>%s</commands></iq>", i, i,
		                          i == 1 ? own : "<command name='reboot'/>");

		fixture_say(stanza);
		free(stanza);
	}
	campaign_order("command='get-supplies' dry-run='true'", ACME);
	assert_int_equal(fixture_count("members='3'"), 2);
	assert_int_equal(fixture_count("device='mfp-2@example.com'"), 0);
}

static void a_dry_run_names_units_and_the_first_devices(void **state)
{
	(void)state;
	campaign_devices(3);
	campaign_order("command='reboot' dry-run='true'", ACME);
	assert_int_equal(fixture_count("<campaign xmlns='urn:platen:operation:1' dry-run='true' "
	                               "command='reboot' members='3' online='3'>"), 1);
	assert_int_equal(fixture_count("<unit name='acme' members='3' online='3'/>"), 1);
	assert_int_equal(fixture_count("<member device='mfp-"), 3);
	fixture_pass(60000);
	assert_int_equal(fixture_count("<operation "), 0);
}

/* mfp-1 to mfp-N, each in a unit of its own. */
static void many_units(unsigned n)
{
	struct xml_writer units = { 0 }, devices = { 0 };
	char *text;

	for (unsigned i = 1; i <= n; i++) {
		text = mem_printf("[unit u%u]\ndevices = mfp-%u@example.com\noperator alice@example.com = "
		                  "view request\n", i, i);
		xml_raw(&units, text);
		free(text);
		text = mem_printf("<presence from='mfp-%u@example.com/platen-a' to='devices.example.com'>"
		                  DEVICE "</presence>", i);
		xml_raw(&devices, text);
		free(text);
	}
	text = xml_take(&units, NULL);
	fixture_units(text);
	free(text);
	text = xml_take(&devices, NULL);
	fixture_say(text);
	free(text);
}

static void of_many_units_some_are_named(void **state)
{
	(void)state;
	many_units(120);
	campaign_order("command='get-supplies' dry-run='true'", ACME);
	assert_int_equal(fixture_count("<unit "), 101);
	assert_int_equal(fixture_count("<unit members='20' online='20' units='20'/>"), 1);
	campaign_started("", ACME);
	assert_int_equal(fixture_count("<unit "), 101);
	assert_int_equal(fixture_count("<unit units='20'/>"), 1);
	campaign_show("alice", campaign_one()->id, "");
	assert_int_equal(fixture_count("<unit name="), 100);
	assert_int_equal(fixture_count("<unit units='20'/>"), 1);
}

static void who_is_decommissioned_is_not_asked(void **state)
{
	(void)state;
	campaign_devices(3);
	fixture_say("<iq type='set' id='d' " FROM_ALICE "><decommission xmlns='urn:platen:device:1' "
	            "device='mfp-2@example.com'/></iq>");
	campaign_started("", ACME);
	assert_int_equal(fixture_count("members='2'"), 1);
	fixture_pass(10);
	fixture_say("<iq type='set' id='d' " FROM_ALICE "><decommission xmlns='urn:platen:device:1' "
	            "device='mfp-3@example.com'/></iq>");
	fixture_pass(1000);
	campaign_counts("open=1 cancelled=1");
	campaign_show("alice", campaign_one()->id, "");
	assert_int_equal(fixture_count("<error condition='decommissioned'>"), 1);
}

static void who_loses_the_right_asks_nobody_any_more(void **state)
{
	(void)state;
	campaign_devices(2);
	campaign_started("", ACME);
	campaign_answers(1, DONE);
	fixture_units("[unit acme]\ndevices = mfp-*@example.com\n"
	              "operator alice@example.com = view\n");
	fixture_pass(1000);
	fixture_pass(10);
	campaign_counts("responded=1 cancelled=1");
	assert_int_equal(campaign_one()->status, CAMPAIGN_FINISHED);
	fixture_units(fixture_units_text);
	campaign_act("alice", campaign_one()->id, "retry");
	assert_int_equal(fixture_count("retried='1'"), 1);
	campaign_counts("waiting=1 responded=1");
	fixture_online(true);
	campaign_answers(1, DONE);
	fixture_pass(0);
	campaign_act("alice", campaign_one()->id, "retry");
	assert_int_equal(fixture_count("retried='0'"), 1);
	assert_int_equal(fixture_count("status='finished'"), 1);
}

static void a_paused_one_asks_nobody(void **state)
{
	const char *id;

	(void)state;
	campaign_devices(3);
	id = campaign_started("", ACME);
	campaign_answers(1, DONE);
	campaign_act("alice", id, "pause");
	assert_int_equal(fixture_count("status='paused'"), 1);
	assert_int_equal(fixture_count("estimate="), 0);
	campaign_act("alice", id, "pause");
	assert_int_equal(fixture_count("status='paused'"), 1);
	fixture_pass(3600000);
	assert_int_equal(fixture_count("<operation "), 0);
	campaign_act("alice", id, "resume");
	assert_int_equal(fixture_count("status='running'"), 1);
	fixture_online(true);
	campaign_answers(2, DONE);
	fixture_pass(0);
	assert_int_equal(campaign_one()->status, CAMPAIGN_FINISHED);
	campaign_act("alice", id, "pause");
	assert_int_equal(fixture_count("<campaign-ended "), 1);
}

static void what_waits_is_cancelled_and_devices_are_told(void **state)
{
	const char *id;

	(void)state;
	campaign_devices(4);
	fixture_say("<presence type='unavailable' from='mfp-1@example.com/platen-a' "
	            "to='devices.example.com'/>");
	id = campaign_started("", ACME);
	fixture_pass(10);                          /* mfp-1 is not there: it waits */
	fixture_pass(1000);
	assert_int_equal(fixture_count("<operation "), 1);
	campaign_act("alice", id, "cancel");
	assert_int_equal(fixture_count("<campaign xmlns='urn:platen:operation:1' id='"), 1);
	assert_int_equal(fixture_count("<cancel "), 1);
	campaign_counts("open=1 cancelled=3");
	fixture_pass(1000);
	campaign_answer(DONE);
	fixture_pass(0);
	assert_int_equal(fixture_count("status='cancelled'"), 1);
	campaign_counts("responded=1 cancelled=3");
	campaign_act("alice", id, "cancel");
	assert_int_equal(fixture_count("status='cancelled'"), 1);
	campaign_act("alice", id, "resume");
	assert_int_equal(fixture_count("<campaign-ended "), 1);
	/* What was cancelled stays so. */
	campaign_act("alice", id, "retry");
	assert_int_equal(fixture_count("status='cancelled'"), 1);
}

static void its_rule_aborts_it_and_retry_asks_the_rest(void **state)
{
	const char *id;

	(void)state;
	campaign_devices(5);
	id = campaign_started("abort='60' abort-after='2'", ACME);
	campaign_answers(1, DONE);
	campaign_answers(1, FAILS);
	assert_int_equal(campaign_one()->status, CAMPAIGN_RUNNING);
	campaign_answers(1, FAILS);
	fixture_pass(0);
	fixture_pass(10);
	assert_int_equal(campaign_one()->status, CAMPAIGN_ABORTED);
	assert_int_equal(fixture_count("status='aborted'"), 1);
	campaign_counts("responded=1 failed=2 cancelled=2");
	fixture_pass(60000);
	campaign_act("alice", id, "retry");
	assert_int_equal(fixture_count("status='running'"), 1);
	campaign_counts("waiting=4 responded=1");
	fixture_online(true);
	campaign_answers(4, DONE);
	fixture_pass(0);
	campaign_counts("responded=5");
	campaign_show("alice", id, "");
	assert_int_equal(fixture_count("status='finished'"), 1);
	assert_int_equal(fixture_count("attempts='2'"), 2);
	assert_int_equal(fixture_count("<error "), 0);
}

static void dead_devices_do_not_hold_it_up(void **state)
{
	(void)state;
	campaign_devices(5);
	campaign_started("expires='100' abort='0'", ACME);
	for (unsigned i = 1; i <= 5; i++) {
		fixture_pass(1000);
		assert_int_equal(fixture_count("<operation "), i);
	}
	campaign_counts("open=5");
	for (unsigned i = 0; i < 40; i++)
		fixture_pass(10000);
	campaign_counts("no-response=5");
	assert_int_equal(campaign_one()->status, CAMPAIGN_FINISHED);
}

/* A number of transmissions says nothing of what was never sent. */
static void what_waits_is_cancelled_after_a_restart_too(void **state)
{
	const char *id;

	(void)state;
	campaign_devices(1);
	fixture_say("<presence type='unavailable' from='mfp-1@example.com/platen-a' "
	            "to='devices.example.com'/>");
	id = campaign_started("", ACME);
	fixture_pass(10);
	fixture_restart();
	fixture_online(true);
	campaign_act("alice", id, "cancel");
	fixture_pass(10);
	campaign_counts("cancelled=1");
}

/* They are not the operator's that he could submit, nor in his way. */
static void its_requests_are_not_superseded(void **state)
{
	(void)state;
	fixture.config.open_device = 1;
	campaign_devices(1);
	fixture_say("<presence type='unavailable' from='mfp-1@example.com/platen-a' "
	            "to='devices.example.com'/>");
	campaign_started("", ACME);
	fixture_pass(10);
	fixture_say("<iq type='set' id='r1' " FROM_ALICE "><request xmlns='urn:platen:operation:1' "
	            "device='mfp-1@example.com' command='get-supplies' supersede='true'/></iq>");
	assert_int_equal(fixture_count("status='queued'"), 1);
	campaign_counts("open=1");
}

static void a_late_answer_is_counted(void **state)
{
	(void)state;
	campaign_devices(1);
	campaign_started("timeout='1' attempts='1'", ACME);
	fixture_pass(10);
	fixture_pass(1000);
	fixture_pass(0);
	campaign_counts("no-response=1");
	campaign_answer(DONE);
	campaign_counts("responded=1");
	assert_int_equal(campaign_one()->status, CAMPAIGN_FINISHED);
}

static void an_earlier_requests_late_answer_is_not(void **state)
{
	char first[64], *text;
	const char *id;

	(void)state;
	campaign_devices(1);
	id = campaign_started("timeout='1' attempts='1'", ACME);
	fixture_pass(10);
	snprintf(first, sizeof first, "%s", fixture_operation());
	fixture_pass(1000);
	fixture_pass(0);
	campaign_act("alice", id, "retry");
	fixture_pass(10);
	text = mem_printf("<iq type='result' id='%s' " FROM_A ">" DONE "</iq>", first);
	fixture_say(text);
	free(text);
	campaign_counts("open=1");
	campaign_answer(FAILS);
	campaign_counts("failed=1");
}

static void it_waits_until_there_is_room(void **state)
{
	(void)state;
	campaign_devices(2);
	campaign_started("", ACME);
	fixture_backlog(LINK_BACKLOG_HIGH);
	for (unsigned i = 0; i < 100; i++)
		fixture_pass(100);
	campaign_counts("waiting=2");
	fixture_backlog(0);
	fixture_online(false);
	fixture_pass(10000);
	campaign_counts("waiting=2");
	fixture_online(true);
	fixture_pass(100);
	campaign_counts("waiting=1 open=1");
}

static void a_token_starts_it_once(void **state)
{
	char first[UUID7_STRING];

	(void)state;
	campaign_devices(2);
	snprintf(first, sizeof first, "%s", campaign_started("token='t'", ACME));
	assert_string_equal(campaign_started("token='t'", ACME), first);
	campaign_order("command='get-supplies' token='t' rate='61'", ACME);
	assert_int_equal(fixture_count("<token-used "), 1);
	fixture_restart();
	fixture_online(true);
	assert_string_equal(campaign_started("token='t'", ACME), first);
	campaign_one();
}

static void the_order_of_a_selection_is_no_content(void **state)
{
	char first[UUID7_STRING];

	(void)state;
	campaign_devices(2);
	snprintf(first, sizeof first, "%s",
	         campaign_started("token='t'", "<select unit='acme' online='true' device='MFP-*@example.com'/>"));
	assert_string_equal(campaign_started("token='t'", "<select device='mfp-*@Example.com' online='true' "
	                                     "unit='acme'/>"), first);
	assert_int_equal(fixture_count("<select xmlns='urn:platen:operation:1' unit='acme' "
	                               "device='mfp-*@example.com' online='true'/>"), 1);
	campaign_order("command='get-supplies' token='t'", "<select unit='acme' online='true'/>");
	assert_int_equal(fixture_count("<token-used "), 1);
}

static void its_requests_do_not_count_as_the_operators(void **state)
{
	(void)state;
	campaign_devices(2);
	fixture.config.open_operator = 1;
	campaign_started("", ACME);
	fixture_pass(10);
	fixture_pass(1000);
	fixture_say(SUBMIT);
	assert_int_equal(fixture_count("status='queued'"), 1);
}

static void who_may_not_view_all_of_it_sees_nothing(void **state)
{
	const char *id;

	(void)state;
	campaign_devices(1);
	id = campaign_started("", ACME);
	campaign_show("bob", id, "");
	assert_int_equal(fixture_count("<member "), 1);
	campaign_act("bob", id, "cancel");
	assert_int_equal(fixture_count("<missing-right "), 1);
	campaign_show("carol", id, "");
	assert_int_equal(fixture_count("<unknown-campaign "), 1);
	campaign_act("carol", id, "cancel");
	assert_int_equal(fixture_count("<unknown-campaign "), 1);
	fixture_forget();
	fixture_say("<iq type='get' id='l' from='carol@example.com/x' to='devices.example.com'>"
	            "<campaigns xmlns='urn:platen:operation:1'/></iq>"
	            "<iq type='get' id='l' from='bob@example.com/x' to='devices.example.com'>"
	            "<campaigns xmlns='urn:platen:operation:1'/></iq>");
	assert_int_equal(fixture_count("<campaigns "), 2);
	assert_int_equal(fixture_count("<campaign xmlns='urn:platen:operation:1' id="), 1);
}

static unsigned listed(const char *operator_)
{
	char *text = mem_printf("<iq type='get' id='l' from='%s@example.com/x' "
	                        "to='devices.example.com'><campaigns xmlns='urn:platen:operation:1'/>"
	                        "</iq>", operator_);

	fixture_forget();
	fixture_say(text);
	fixture_settle();
	free(text);
	return fixture_count("<campaign xmlns='urn:platen:operation:1' id=");
}

#define NORTH "[unit north]\ndevices = mfp-*@example.com\noperator alice@example.com = view request\n" \
              "operator bob@example.com = view\n"

static void a_unit_that_is_renamed_keeps_its_campaigns(void **state)
{
	const char *id;

	(void)state;
	campaign_devices(2);
	id = campaign_started("", ACME);
	fixture_units(NORTH);
	campaign_show("bob", id, "");
	assert_int_equal(fixture_count("<unit name='north'/>"), 1);
	assert_int_equal(fixture_count("<member "), 2);
	assert_int_equal(listed("bob"), 1);
	assert_int_equal(listed("alice"), 1);
	campaign_act("bob", id, "pause");
	assert_int_equal(fixture_count("<missing-right "), 1);
	campaign_act("alice", id, "pause");
	assert_int_equal(fixture_count("status='paused'"), 1);
}

static void a_unit_may_be_renamed_between_two_lives(void **state)
{
	const char *id;

	(void)state;
	campaign_devices(2);
	id = campaign_started("", ACME);
	assert_int_equal(file_replace(fixture.config.units_file, NORTH, strlen(NORTH), 0600), 0);
	fixture_restart();
	fixture_online(true);
	campaign_show("bob", id, "");
	assert_int_equal(fixture_count("<unit name='north'/>"), 1);
	assert_int_equal(listed("bob"), 1);
}

/* He asks nobody where he no longer may, but can end what he has begun. */
static void who_has_started_it_keeps_it(void **state)
{
	const char *id;

	(void)state;
	campaign_devices(2);
	id = campaign_started("", ACME);
	fixture_units("[unit bolt]\ndevices = mfp-*@example.com\noperator carol@example.com = view\n"
	              "[unit other]\noperator alice@example.com = view request\n"
	              "operator bob@example.com = view request\n");
	assert_int_equal(listed("alice"), 1);
	assert_int_equal(listed("bob"), 0);
	assert_int_equal(listed("carol"), 1);
	campaign_act("bob", id, "cancel");
	assert_int_equal(fixture_count("<unknown-campaign "), 1);
	campaign_act("alice", id, "cancel");
	assert_int_equal(fixture_count("type='error'"), 0);
	assert_int_equal(campaign_one()->status, CAMPAIGN_CANCELLING);
	fixture_units("[unit bolt]\ndevices = mfp-*@example.com\n"
	              "[unit other]\noperator alice@example.com = view\n");
	fixture_pass(10);                          /* it ends, and that is told */
	assert_int_equal(listed("alice"), 1);
	campaign_act("alice", id, "retry");
	assert_int_equal(fixture_count("<missing-right "), 1);
}

static void members_come_in_pages(void **state)
{
	static const char *const set = "<set xmlns='http://jabber.org/protocol/rsm'>%s</set>";
	static const struct { const char *page; const char *first, *last; unsigned n; bool more; } cases[] = {
		{ "<max>2</max>", "mfp-1", "mfp-2", 2, true },
		{ "<max>2</max><after>mfp-2@example.com</after>", "mfp-3", "mfp-4", 2, true },
		{ "<max>2</max><after>mfp-4@example.com</after>", "mfp-5", "mfp-5", 1, false },
		{ "<max>2</max><before/>", "mfp-4", "mfp-5", 2, true },
		{ "<max>5</max><before>mfp-3@example.com</before>", "mfp-1", "mfp-2", 2, false },
	};
	const char *id;

	(void)state;
	campaign_devices(5);
	id = campaign_started("", ACME);
	for (int held = 1; held >= 0; held--) {
		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
			char *page = mem_printf(set, cases[i].page), *first, *last;

			first = mem_printf("<first>%s@example.com</first>", cases[i].first);
			last = mem_printf("<last>%s@example.com</last>", cases[i].last);
			campaign_show("alice", id, page);
			assert_int_equal(fixture_count("<member "), cases[i].n);
			assert_int_equal(fixture_count(first), 1);
			assert_int_equal(fixture_count(last), 1);
			assert_int_equal(fixture_count("more='true'"), cases[i].more);
			free(page), free(first), free(last);
		}
		campaign_show("alice", id, "<set xmlns='http://jabber.org/protocol/rsm'><max>0</max></set>");
		assert_int_equal(fixture_count("<count>5</count>"), 1);
		if (!held)
			break;
		campaign_answers(5, DONE);
		fixture_pass(0);
		fixture_pass(CAMPAIGN_HELD_MS);
		fixture_settle();
		assert_int_equal(HASH_COUNT(fixture.campaigns.by_id), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_device_after_the_other_is_asked),
		TEST(its_end_is_told_to_who_has_started_it),
		TEST(only_devices_that_fit_are_selected),
		TEST(only_devices_that_have_the_command_are_asked),
		TEST(a_dry_run_names_units_and_the_first_devices),
		TEST(of_many_units_some_are_named),
		TEST(who_is_decommissioned_is_not_asked),
		TEST(who_loses_the_right_asks_nobody_any_more),
		TEST(a_paused_one_asks_nobody),
		TEST(what_waits_is_cancelled_and_devices_are_told),
		TEST(its_rule_aborts_it_and_retry_asks_the_rest),
		TEST(dead_devices_do_not_hold_it_up),
		TEST(what_waits_is_cancelled_after_a_restart_too),
		TEST(its_requests_are_not_superseded),
		TEST(a_late_answer_is_counted),
		TEST(an_earlier_requests_late_answer_is_not),
		TEST(it_waits_until_there_is_room),
		TEST(a_token_starts_it_once),
		TEST(the_order_of_a_selection_is_no_content),
		TEST(its_requests_do_not_count_as_the_operators),
		TEST(who_may_not_view_all_of_it_sees_nothing),
		TEST(a_unit_that_is_renamed_keeps_its_campaigns),
		TEST(a_unit_may_be_renamed_between_two_lives),
		TEST(who_has_started_it_keeps_it),
		TEST(members_come_in_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
