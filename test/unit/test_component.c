// link: test/unit/component_fixture.o
/* The component from stanza to stanza, without a server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/clock.h"
#include "common/file.h"
#include "common/mem.h"
#include "test/unit/component_fixture.h"

#define LEAVE_A "<presence type='unavailable' " FROM_A "/>"

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

static void assert_sent(const char *text)
{
	if (strstr(fixture_sent(), text) == NULL)
		fail_msg("\"%s\" is not in: %s", text, fixture_sent());
}

static void answer_ask(const char *type)
{
	char *text = mem_printf("<iq type='%s' " FROM_A " id='%s'>" DEVICE "</iq>", type,
	                        fixture_ask());

	fixture_forget();
	fixture_say(text);
	free(text);
}

static void answer(const char *from, const char *outcome)
{
	fixture_answer("result", from, outcome);
}

static void bounce(const char *from)
{
	fixture_answer("error", from, "<error type='cancel'/>");
}

static const struct device *device(void)
{
	const struct device *d = device_find(&fixture.devices, "mfp-1@example.com");

	assert_non_null(d);
	return d;
}

static void a_request_goes_out_and_its_outcome_is_told(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	fixture_forget();
	fixture_say(SUBMIT);
	assert_sent("type='result' from='devices.example.com' to='alice@example.com/cli' id='s1'");
	assert_sent("status='queued'");
	assert_sent("<operation xmlns='urn:platen:operation:1'");
	assert_sent("to='mfp-1@example.com/platen-a'");
	answer(FROM_A, "<outcome xmlns='urn:platen:operation:1' status='done'>"
	               "<supplies xmlns='urn:platen:mfp:1' source='snmp' taken='2026-01-02T12:00:00Z'>"
	               "<supply index='1.1' type='toner' capacity='100' level='40'/></supplies>"
	               "</outcome>");
	assert_sent("<message type='headline'");
	assert_sent("to='alice@example.com/cli'");
	assert_sent("status='responded'");
	assert_sent("percent='40'");
	assert_non_null(strstr(device()->supplies, "percent='40'"));
}

/* The stanza has left before its row is on disk, and the outcome's sync takes both. */
static void a_request_waits_for_the_disk_twice(void **state)
{
	uint64_t before;

	(void)state;
	fixture_say(ARRIVE_A);
	before = fixture.stats.groups_synced;
	fixture_say(SUBMIT);
	assert_sent("<operation ");
	assert_int_equal(fixture.stats.groups_synced - before, 1);
	answer(FROM_A, "<outcome xmlns='urn:platen:operation:1' status='done'/>");
	assert_sent("status='responded'");
	assert_int_equal(fixture.stats.groups_synced - before, 2);
}

/* The second element's facts replace the first one's, also where it has none. */
static void information_may_come_twice(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	answer(FROM_A, "<outcome xmlns='urn:platen:operation:1' status='done'>"
	               "<information xmlns='urn:platen:mfp:1' serial='the first serial number' "
	               "location='first'/>"
	               "<information xmlns='urn:platen:mfp:1' location='second'/></outcome>");
	assert_sent("status='responded'");
	assert_string_equal(device_fact(device(), 2), "the first serial number");
	assert_string_equal(device_fact(device(), 4), "second");
}

static void a_bounce_of_an_old_stream_goes_to_the_new_one(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	assert_sent("to='mfp-1@example.com/platen-a'");
	fixture_say(ARRIVE_B);
	bounce(FROM_A);
	assert_sent("<operation ");
	assert_sent("to='mfp-1@example.com/platen-b'");
	assert_true(device()->online);
}

static void what_was_under_way_on_an_old_stream_goes_to_the_new_one(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	fixture_say(ARRIVE_B);
	fixture_forget();
	fixture_say(LEAVE_A);
	assert_sent("to='mfp-1@example.com/platen-b'");
	assert_true(device()->online);
	assert_int_equal(fixture_count("<operation "), 1);
}

/* The next one is not thrown after it. */
static void a_bounce_that_ends_a_request_sends_nothing_to_that_stream(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT SUBMIT);
	for (int i = 0; i < LIFE_BOUNCES; i++) {
		bounce(FROM_A);
		if (i < LIFE_BOUNCES - 1)
			fixture_say(ARRIVE_A);
	}
	assert_sent("status='no-response'");
	assert_int_equal(fixture_count("<operation "), 0);
	fixture_say(ARRIVE_A);
	assert_int_equal(fixture_count("<operation "), 1);
}

static void a_bounced_device_is_asked_while_a_request_waits(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	bounce(FROM_A);
	assert_false(device()->online);
	assert_string_equal(fixture_sent(), "");
	fixture_pass(1100);
	assert_sent("type='get'");
	answer_ask("error");
	assert_false(device()->online);
	fixture_pass(2100);
	assert_sent("type='get'");
	answer_ask("result");
	assert_true(device()->online);
	assert_sent("<operation ");
}

static void bounce_ask(const char *condition)
{
	char *text = mem_printf("<iq type='error' " FROM_A " id='%s'><error type='cancel'><%s "
	                        "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
	                        fixture_ask(), condition);

	fixture_forget();
	fixture_say(text);
	free(text);
}

/* The component's link comes back before the way to the device's server does. */
static void lose_and_bounce(const char *condition)
{
	fixture_online(false);
	fixture_online(true);
	fixture_pass(100);
	bounce_ask(condition);
	assert_false(device()->online);
}

static void what_waits_for_a_server_that_is_away_has_its_device_asked(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	lose_and_bounce("remote-server-not-found");
	fixture_pass(1100);
	assert_sent("<device xmlns='urn:platen:device:1'/>");
	bounce_ask("remote-server-timeout");
	fixture_pass(2100);
	answer_ask("result");
	assert_true(device()->online);
	assert_sent("<operation ");
}

static void a_request_for_a_device_of_a_server_that_is_away_has_it_asked(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	lose_and_bounce("remote-server-not-found");
	fixture_pass(100000);
	assert_string_equal(fixture_sent(), "");
	fixture_say(SUBMIT);
	fixture_pass(1100);
	answer_ask("result");
	assert_sent("<operation ");
}

/* It shows itself when it is there again. */
static void a_device_that_is_known_to_be_gone_is_not_asked(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	lose_and_bounce("service-unavailable");
	fixture_say(SUBMIT);
	fixture_forget();
	fixture_pass(100000);
	assert_string_equal(fixture_sent(), "");
	fixture_say(ARRIVE_A LEAVE_A);
	fixture_pass(100);
	bounce_ask("service-unavailable");
	fixture_pass(100000);
	assert_string_equal(fixture_sent(), "");
}

/* Two processes of the server tell of them. */
static void a_login_that_is_told_before_the_end_of_the_one_before_is_found(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A ARRIVE_A LEAVE_A);
	assert_false(device()->online);
	fixture_pass(100);
	answer_ask("result");
	assert_true(device()->online);
	fixture_say(SUBMIT ARRIVE_A LEAVE_A);
	fixture_pass(100);
	answer_ask("result");
	assert_sent("<operation ");
}

static void a_device_that_has_gone_is_asked_once_more_when_a_request_waits(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A LEAVE_A);
	fixture_pass(100);
	fixture_forget();
	fixture_pass(100000);
	assert_string_equal(fixture_sent(), "");
	fixture_say(SUBMIT);
	fixture_pass(1100);
	bounce_ask("service-unavailable");
	fixture_pass(100000);
	assert_string_equal(fixture_sent(), "");
}

static void a_keep_alive_of_a_lost_device_has_it_asked(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	bounce(FROM_A);
	fixture_pass(400000);
	assert_null(device_queue(device()));
	fixture_forget();
	fixture_say("<iq type='get' id='k1' " FROM_A ">"
	            "<keepalive xmlns='urn:platen:keepalive:1'/></iq>");
	fixture_pass(100);
	assert_sent("interval='300'");
	assert_sent("<device xmlns='urn:platen:device:1'/>");
	answer_ask("result");
	assert_true(device()->online);
}

/* Devices are told of a new clock minutes later, so what they are told goes on. */
static void a_clock_that_is_set_makes_nothing_expire_at_devices(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	clock_set(clock_mono_ms(), FIXTURE_WALL - 3600000);
	fixture_say(SUBMIT);
	assert_sent("not-after='2026-01-02T12:01:30.000Z'");
	fixture_say("<iq type='get' id='k1' " FROM_A ">"
	            "<keepalive xmlns='urn:platen:keepalive:1'/></iq>");
	assert_sent("now='2026-01-02T12:00:00.000Z'");
}

/* It waits for its turn when its time is over by the new clock. */
static void what_a_clock_set_forward_makes_expire_ends_at_once(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT SUBMIT);
	clock_set(clock_mono_ms(), FIXTURE_WALL + 3600000);
	fixture_answer("result", FROM_A, "<outcome xmlns='urn:platen:operation:1' status='done'/>");
	deadlines_run(&fixture.deadlines, clock_mono_ms());
	fixture_settle();
	assert_sent("status='expired'");
}

static void who_may_not_is_told_so(void **state)
{
	static const struct { const char *from, *condition; } cases[] = {
		{ "bob@example.com/x", "<forbidden " }, { "carol@example.com/x", "<item-not-found " },
		{ "mallory@example.com/x", "<forbidden " }, { "mfp-1@example.com/x", "<forbidden " },
	};

	(void)state;
	fixture_say(ARRIVE_A);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = mem_printf("<iq type='set' id='s1' from='%s' to='devices.example.com'"
		                        SUBMIT_REST, cases[i].from);

		fixture_forget();
		fixture_say(text);
		assert_sent(cases[i].condition);
		assert_int_equal(fixture_count("<iq "), 1);
		free(text);
	}
}

static void mistakes_in_a_submit_are_refused(void **state)
{
	static const char *const requests[] = {
		"", "device='mfp-1'", "command='reboot'", "device='' command='reboot'",
		"device='mfp-1' command='reboot' colour='red'",
		"device='mfp-1' command='reboot' timeout='0'",
		"device='mfp-1' command='reboot' attempts='101'",
		"device='mfp-1' command='reboot' token=''",
		"device='mfp-1' command='reboot' expires='2592001'",
	};

	(void)state;
	fixture_say(ARRIVE_A);
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		char *text = mem_printf("<iq type='set' id='s1' " FROM_ALICE "><request "
		                        "xmlns='urn:platen:operation:1' %s/></iq>", requests[i]);

		fixture_forget();
		fixture_say(text);
		assert_sent("<bad-request ");
		assert_int_equal(fixture_count("<operation "), 0);
		free(text);
	}
	fixture_forget();
	fixture_say("<iq type='set' id='s1' " FROM_ALICE "><request xmlns='urn:platen:operation:1' "
	            "device='mfp-1' command='fly'/></iq>");
	assert_sent("<feature-not-implemented ");
	assert_sent("<unknown-command xmlns='urn:platen:operation:1'/>");
}

static void answers_are_never_answered(void **state)
{
	(void)state;
	fixture_say("<iq type='result' id='x' " FROM_A "/><iq type='error' id='y' " FROM_A "/>"
	            "<iq type='odd' id='z' " FROM_A "/><presence type='error' " FROM_A "/>"
	            "<message type='error' " FROM_A "/><iq type='get' " FROM_A "/>");
	assert_string_equal(fixture_sent(), "");
	fixture_say("<iq type='get' id='g' " FROM_A "/>");
	assert_int_equal(fixture_count("<iq "), 1);
}

static void only_the_asked_device_may_answer(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	answer("from='mfp-2@example.com/platen-a' to='devices.example.com'",
	       "<outcome xmlns='urn:platen:operation:1' status='done'/>");
	assert_string_equal(fixture_sent(), "");
	assert_int_equal(fixture.dropped_outcomes, 1);
	assert_int_equal(device_n_open(device()), 1);
}

static void one_at_a_time_and_in_order(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	for (int i = 0; i < 3; i++)
		fixture_say(SUBMIT);
	assert_int_equal(fixture_count("<operation "), 1);
	for (int i = 0; i < 3; i++) {
		answer(FROM_A, "<outcome xmlns='urn:platen:operation:1' status='done'/>");
		assert_int_equal(fixture_count("<operation "), i < 2);
	}
	assert_int_equal(device_n_open(device()), 0);
	assert_int_equal(device_in_flight(device()), 0);
}

static void a_silent_device_gets_its_attempts_then_no_more(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	fixture_pass(30000);
	fixture_pass(30000);
	assert_int_equal(fixture_count("<operation "), 3);
	fixture_pass(30000);
	assert_int_equal(fixture_count("<operation "), 3);
	assert_sent("status='no-response' cause='no-answer'");
	answer(FROM_A, "<outcome xmlns='urn:platen:operation:1' status='done'/>");
	assert_sent("late='true'");
	assert_sent("status='responded'");
	answer(FROM_A, "<outcome xmlns='urn:platen:operation:1' status='done'/>");
	assert_string_equal(fixture_sent(), "");
}

static void a_full_link_holds_requests_back(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	fixture_backlog(LINK_BACKLOG_LOW + 1);
	fixture_say(SUBMIT);
	assert_int_equal(fixture_count("<operation "), 0);
	fixture_backlog(0);
	assert_int_equal(fixture_count("<operation "), 1);
}

static void a_restart_goes_on_with_higher_numbers(void **state)
{
	char before[64];

	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	snprintf(before, sizeof before, "%s", fixture_operation());
	assert_non_null(strstr(before, "-1"));
	fixture_restart();
	fixture_online(true);
	fixture_settle();
	assert_memory_equal(before, fixture_operation(), UUID7_STRING);
	assert_string_equal(fixture_operation() + UUID7_STRING, "102");
	assert_true(device()->online);
	assert_string_equal(device_fact(device(), 2), "S1");
	answer(FROM_A, "<outcome xmlns='urn:platen:operation:1' status='done'/>");
	assert_sent("attempts='1'");
	assert_sent("transmission='102'");
}

static void a_token_gives_the_same_request_also_after_a_restart(void **state)
{
	static const char submit[] =
		"<iq type='set' id='t' " FROM_ALICE "><request xmlns='urn:platen:operation:1' "
		"device='mfp-1@example.com' command='%s' token='abc'/></iq>";
	char *text = mem_printf(submit, "get-supplies"), *other = mem_printf(submit, "reboot");

	(void)state;
	fixture_say(ARRIVE_A);
	fixture_say(text);
	fixture_say(text);
	assert_int_equal(fixture_count("<operation "), 1);
	assert_int_equal(fixture_count("status='transmitted'"), 1);
	fixture_say(other);
	assert_sent("<conflict ");
	answer(FROM_A, "<outcome xmlns='urn:platen:operation:1' status='refused'/>");
	fixture_say(text);
	assert_sent("status='refused'");
	fixture_restart();
	fixture_online(true);
	fixture_forget();
	fixture_say(text);
	assert_sent("status='refused'");
	assert_int_equal(fixture_count("<operation "), 0);
	free(text);
	free(other);
}

static void rename_unit(const char *dir)
{
	static const char text[] = "[unit acme-2]\ndevices = mfp-*@example.com\n"
	                           "operator alice@example.com = view request\n";
	char *path = mem_printf("%s/units.conf", dir);

	assert_int_equal(file_replace(path, text, strlen(text), 0600), 0);
	free(path);
}

static void a_start_takes_units_as_they_are_now(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	fixture_between = rename_unit;
	fixture_restart();
	assert_true(device_has(device(), DEV_UNIT, "acme-2"));
}

static void lists_show_an_operators_own_units(void **state)
{
	static const char *const kinds[] = { "requests", "devices" };

	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	for (size_t i = 0; i < 2; i++) {
		for (int own = 0; own < 2; own++) {
			char *text = mem_printf("<iq type='get' id='q' from='%s@example.com/x' "
			                        "to='devices.example.com'>"
			                        "<%s xmlns='urn:platen:operation:1'/></iq>",
			                        own ? "bob" : "carol", kinds[i]);

			fixture_forget();
			fixture_say(text);
			assert_sent("type='result'");
			assert_int_equal(fixture_count(i == 0 ? "<request " : "<device "), own);
			free(text);
		}
	}
}

static void a_reason_without_a_condition_is_undefined(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	answer(FROM_A, "<outcome xmlns='urn:platen:operation:1' status='failed'>"
	               "<reason condition=''>why</reason></outcome>");
	assert_sent("<error condition='undefined'>why</error>");
}

/* Nested as deep as a stanza may be: with what goes around it, a page of requests
 * could not be read any more. */
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_request_goes_out_and_its_outcome_is_told),
		TEST(a_clock_that_is_set_makes_nothing_expire_at_devices),
		TEST(what_a_clock_set_forward_makes_expire_ends_at_once),
		TEST(who_may_not_is_told_so),
		TEST(mistakes_in_a_submit_are_refused),
		TEST(answers_are_never_answered),
		TEST(only_the_asked_device_may_answer),
		TEST(one_at_a_time_and_in_order),
		TEST(a_silent_device_gets_its_attempts_then_no_more),
		TEST(a_full_link_holds_requests_back),
		TEST(a_restart_goes_on_with_higher_numbers),
		TEST(a_token_gives_the_same_request_also_after_a_restart),
		TEST(a_start_takes_units_as_they_are_now),
		TEST(lists_show_an_operators_own_units),
		TEST(a_bounce_that_ends_a_request_sends_nothing_to_that_stream),
		TEST(a_bounced_device_is_asked_while_a_request_waits),
		TEST(what_waits_for_a_server_that_is_away_has_its_device_asked),
		TEST(a_request_for_a_device_of_a_server_that_is_away_has_it_asked),
		TEST(a_device_that_is_known_to_be_gone_is_not_asked),
		TEST(a_login_that_is_told_before_the_end_of_the_one_before_is_found),
		TEST(a_device_that_has_gone_is_asked_once_more_when_a_request_waits),
		TEST(a_request_waits_for_the_disk_twice),
		TEST(information_may_come_twice),
		TEST(a_bounce_of_an_old_stream_goes_to_the_new_one),
		TEST(what_was_under_way_on_an_old_stream_goes_to_the_new_one),
		TEST(a_keep_alive_of_a_lost_device_has_it_asked),
		TEST(a_reason_without_a_condition_is_undefined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
