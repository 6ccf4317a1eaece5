// link: test/unit/component_fixture.o
/* What is not as it should be is told, and not smoothed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem.h"
#include "test/unit/component_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#define ROW "<device xmlns='urn:platen:device:1' device="
#define HOUR INT64_C(3600000)
#define NOON "2026-01-02T12:00:00.000Z"

static void assert_sent(const char *text)
{
	if (strstr(fixture_sent(), text) == NULL)
		fail_msg("\"%s\" is not in: %s", text, fixture_sent());
}

static const struct device *device(void)
{
	const struct device *d = device_find(&fixture.devices, "mfp-1@example.com");

	assert_non_null(d);
	return d;
}

static void arrive(const char *node, const char *facts)
{
	char *text = mem_printf("<presence from='%s@example.com/platen-a' to='devices.example.com'>"
	                        "<device xmlns='urn:platen:device:1' %s/></presence>", node, facts);

	fixture_say(text);
	free(text);
}

static void leave(void)
{
	fixture_say("<presence type='unavailable' " FROM_A "/>");
}

/* "" for none. */
static void check_warning(enum device_warning which, const char *text)
{
	const char *is = device_text(device(), DEV_WARNINGS + which);

	assert_string_equal(is == NULL ? "" : is, text);
}

static void view(const char *operator_, const char *filter)
{
	char *text = mem_printf("<iq type='get' id='q' from='%s@example.com/x' "
	                        "to='devices.example.com'><devices xmlns='urn:platen:operation:1' "
	                        "%s/></iq>", operator_, filter);

	fixture_forget();
	fixture_say(text);
	free(text);
}

static void another_serial_is_told(void **state)
{
	(void)state;
	arrive("mfp-1", "");
	arrive("mfp-1", "serial='S1'");
	arrive("mfp-1", "serial='S1'");
	arrive("mfp-1", "model='M'");
	check_warning(WARNING_SERIAL, "");
	arrive("mfp-1", "serial='S2'");
	check_warning(WARNING_SERIAL, NOON " S1, now S2");
	check_warning(WARNING_SHARED, "");
	assert_string_equal(device_fact(device(), FACT_SERIAL), "S2");
	view("alice", "warning='true'");
	assert_sent("<warning condition='serial-changed' since='" NOON "'>S1, now S2</warning>");
	view("alice", "warning='false'");
	assert_int_equal(fixture_count(ROW), 0);
}

/* Who has lost it for a while has not another one then. */
static void a_serial_that_was_empty_in_between_is_told(void **state)
{
	(void)state;
	arrive("mfp-1", "serial='S1' mac='00:11' location='hall'");
	arrive("mfp-1", "serial='' mac='' location=''");
	assert_string_equal(device_fact(device(), FACT_SERIAL), "S1");
	assert_string_equal(device_fact(device(), FACT_MAC), "00:11");
	assert_true(device_fact(device(), FACT_LOCATION) == NULL || *device_fact(device(), FACT_LOCATION) == '\0');
	check_warning(WARNING_SERIAL, "");
	fixture_say(SUBMIT);
	fixture_answer("result", FROM_A, "<outcome xmlns='urn:platen:operation:1' status='done'>"
	               "<information xmlns='urn:platen:mfp:1' source='snmp' taken='" NOON "' "
	               "serial=''/></outcome>");
	assert_string_equal(device_fact(device(), FACT_SERIAL), "S1");
	arrive("mfp-1", "serial='S9'");
	check_warning(WARNING_SERIAL, NOON " S1, now S9");
}

/* Also as an answer, where it comes first. */
static void another_serial_in_an_answer_is_told(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	fixture_answer("result", FROM_A, "<outcome xmlns='urn:platen:operation:1' status='done'>"
	               "<information xmlns='urn:platen:mfp:1' source='snmp' taken='" NOON "' "
	               "serial='S2'/></outcome>");
	check_warning(WARNING_SERIAL, NOON " S1, now S2");
	arrive("mfp-1", "serial='S2'");
	check_warning(WARNING_SHARED, "");
}

static void a_serial_that_comes_back_is_a_shared_account(void **state)
{
	(void)state;
	arrive("mfp-1", "serial='S1'");
	arrive("mfp-1", "serial='S2'");
	fixture_pass(5 * HOUR);
	arrive("mfp-1", "serial='S3'");
	check_warning(WARNING_SHARED, "");
	fixture_pass(5 * HOUR);
	arrive("mfp-1", "serial='S1'");
	assert_non_null(strstr(device_text(device(), DEV_WARNINGS + WARNING_SHARED), "T22:00:00.000Z its serial number"));
}

static void two_changes_in_an_hour_are_a_shared_account(void **state)
{
	(void)state;
	arrive("mfp-1", "serial='S1'");
	arrive("mfp-1", "serial='S2'");
	fixture_pass(HOUR - 1);
	arrive("mfp-1", "serial='S3'");
	assert_non_null(device_text(device(), DEV_WARNINGS + WARNING_SHARED));
}

/* The row remembers what was before. */
static void a_restart_in_between_changes_nothing(void **state)
{
	(void)state;
	arrive("mfp-1", "serial='S1'");
	arrive("mfp-1", "serial='S2'");
	fixture_restart();
	fixture_online(true);
	check_warning(WARNING_SERIAL, NOON " S1, now S2");
	arrive("mfp-1", "serial='S1'");
	check_warning(WARNING_SERIAL, NOON " S2, now S1");
	assert_non_null(device_text(device(), DEV_WARNINGS + WARNING_SHARED));
}

/* Long ones are cut in the text, and compared as far as that. */
static void a_long_serial_is_cut(void **state)
{
	char *one = mem_printf("serial='%01000d'", 1), *two = mem_printf("serial='%01000d'", 2);

	(void)state;
	arrive("mfp-1", one);
	arrive("mfp-1", two);
	assert_int_equal(strlen(device_text(device(), DEV_WARNINGS + WARNING_SERIAL)), 24 + 1 + 64 + 6 + 64);
	free(one);
	free(two);
}

static void log_in(int64_t every, int times)
{
	for (int i = 0; i < times; i++) {
		fixture_pass(every);
		leave();
		arrive("mfp-1", "serial='S1'");
	}
}

static void who_logs_in_again_and_again_is_told(void **state)
{
	char *first;

	(void)state;
	arrive("mfp-1", "serial='S1'");
	log_in(120000, 5);
	check_warning(WARNING_SHARED, "");
	log_in(120001, 20);
	check_warning(WARNING_SHARED, "");
	log_in(100000, 5);
	assert_non_null(strstr(device_text(device(), DEV_WARNINGS + WARNING_SHARED), " 6 logins in 10 minutes"));
	/* Once a window. */
	first = mem_strdup(device_text(device(), DEV_WARNINGS + WARNING_SHARED));
	log_in(100000, 1);
	check_warning(WARNING_SHARED, first);
	log_in(100000, 1);
	assert_string_not_equal(device_text(device(), DEV_WARNINGS + WARNING_SHARED), first);
	free(first);
}

/* Two streams at once, one after the other; a change of facts is no login. */
static void what_is_a_login(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		arrive("mfp-1", i % 2 ? "model='M1'" : "model='M2'");
	check_warning(WARNING_SHARED, "");
	for (int i = 0; i < 3; i++)
		fixture_say(ARRIVE_B "<presence type='unavailable' " FROM_A "/>"
		            ARRIVE_A "<presence type='unavailable' " FROM_B "/>");
	assert_non_null(device_text(device(), DEV_WARNINGS + WARNING_SHARED));
}

static void an_answer_to_our_question_is_no_login(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	for (int i = 0; i < 8; i++) {
		char *text;

		fixture_answer("error", FROM_A, "<error type='cancel'/>");
		fixture_pass(2000);
		text = mem_printf("<iq type='result' " FROM_A " id='%s'>" DEVICE "</iq>", fixture_ask());
		fixture_say(text);
		free(text);
		assert_true(device()->online);
	}
	check_warning(WARNING_SHARED, "");
}

/* Counters taken at this second of the day's last hour; the request's end. */
static void count(const char *seconds, const char *counters)
{
	char *inner = mem_printf("<outcome xmlns='urn:platen:operation:1' status='done'>"
	                         "<counters xmlns='urn:platen:mfp:1' source='snmp' "
	                         "taken='2026-01-02T%sZ'>%s</counters></outcome>", seconds, counters);

	fixture_answer("result", FROM_A, inner);
	free(inner);
}

#define LIFE(value) "<counter name='marker-life-count' index='1.1' value='" value "'/>"
#define SCAN(value) "<counter name='scan' value='" value "'/>"
#define ON(value) "<counter name='marker-power-on-count' index='1.1' value='" value "'/>"

static void a_counter_that_runs_backwards_is_told(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	count("12:00:00", LIFE("271871") SCAN("9") ON("5"));
	fixture_say(SUBMIT);
	count("12:00:01", LIFE("271871") SCAN("10") ON("0"));
	check_warning(WARNING_COUNTER, "");
	fixture_say(SUBMIT);
	count("12:00:02", LIFE("12") SCAN("11"));
	check_warning(WARNING_COUNTER, NOON " marker-life-count 1.1: 271871, now 12");
	assert_non_null(strstr(device()->counters, "value='12'"));
	fixture_pass(1000);
	fixture_say(SUBMIT);
	count("12:00:03", LIFE("11") SCAN("1"));
	check_warning(WARNING_COUNTER, "2026-01-02T12:00:01.000Z marker-life-count 1.1: 12, now 11, "
	              "and 1 more");
	view("alice", "");
	assert_sent("<warning condition='counter-backwards' since='2026-01-02T12:00:01.000Z'>");
}

/* The answer to a request that ended long ago brings what was true then. */
static void a_late_answer_does_not_replace_newer_figures(void **state)
{
	char *late;

	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	late = mem_printf("<iq type='result' " FROM_A " id='%s'><outcome "
	                  "xmlns='urn:platen:operation:1' status='done'><counters "
	                  "xmlns='urn:platen:mfp:1' source='snmp' taken='2026-01-02T11:59:00Z'>"
	                  LIFE("90") "</counters><supplies xmlns='urn:platen:mfp:1' source='snmp' "
	                  "taken='2026-01-02T11:59:00Z'/></outcome></iq>", fixture_operation());
	fixture_pass(30000), fixture_pass(30000), fixture_pass(30000);
	assert_int_equal(device_n_open(device()), 0);
	fixture_say(SUBMIT);
	count("12:00:00", LIFE("100"));
	fixture_forget();
	fixture_say(late);
	free(late);
	assert_sent("late='true'");
	assert_sent("value='90'");
	assert_non_null(strstr(device()->counters, "value='100'"));
	assert_non_null(device()->supplies);
	assert_int_equal(device()->taken, FIXTURE_WALL);
	check_warning(WARNING_COUNTER, "");
}

/* A clock that was set back a year would else keep the old figures for that long;
 * what is answered in time is the newest in any case. */
static void figures_of_a_clock_that_was_set_are_taken(void **state)
{
	char *late;

	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	count("12:00:00", LIFE("100"));
	fixture_say(SUBMIT);
	count("11:00:00", LIFE("90"));
	assert_non_null(strstr(device()->counters, "value='90'"));
	check_warning(WARNING_COUNTER, NOON " marker-life-count 1.1: 100, now 90");
	fixture_say(SUBMIT);
	late = mem_printf("<iq type='result' " FROM_A " id='%s'><outcome "
	                  "xmlns='urn:platen:operation:1' status='done'><counters "
	                  "xmlns='urn:platen:mfp:1' source='snmp' taken='2025-01-02T12:00:00Z'>"
	                  LIFE("91") "</counters></outcome></iq>", fixture_operation());
	fixture_pass(30000), fixture_pass(30000), fixture_pass(30000);
	fixture_say(late);
	free(late);
	assert_non_null(strstr(device()->counters, "value='91'"));
}

static void one_serial_under_two_accounts_is_told(void **state)
{
	(void)state;
	arrive("mfp-1", "serial='S1' manufacturer='R'");
	arrive("mfp-2", "serial='S1' manufacturer='X'");
	arrive("bolt-1", "serial='S1' manufacturer='R'");
	view("alice", "warning='true'");
	assert_int_equal(fixture_count(ROW), 1);
	assert_sent("<warning condition='duplicate-serial'>serial number S1 is also that of another "
	            "account</warning>");
	arrive("mfp-3", "serial='S1' manufacturer='R'");
	view("alice", "device='mfp-1@example.com'");
	assert_sent("is also that of mfp-3@example.com</warning>");
	fixture_say("<iq type='set' id='c' from='alice@example.com/x' to='devices.example.com'>"
	            "<decommission xmlns='urn:platen:device:1' device='mfp-3@example.com'/></iq>"
	            "<iq type='set' id='c' from='carol@example.com/x' to='devices.example.com'>"
	            "<decommission xmlns='urn:platen:device:1' device='bolt-1@example.com'/></iq>");
	view("alice", "warning='true'");
	assert_int_equal(fixture_count(ROW), 0);
	fixture_restart();
	fixture_online(true);
	arrive("mfp-2", "manufacturer='R'");
	view("alice", "warning='true'");
	assert_int_equal(fixture_count(ROW), 2);
	arrive("mfp-2", "serial='S2'");
	view("alice", "device='mfp-1@example.com'");
	assert_int_equal(fixture_count("<warning "), 0);
}

static void not_all_of_many_are_named(void **state)
{
	char node[16];

	(void)state;
	for (int i = 1; i <= 6; i++) {
		snprintf(node, sizeof node, "mfp-%d", i);
		arrive(node, "serial='0'");
	}
	view("alice", "device='mfp-2@example.com'");
	assert_sent("mfp-1@example.com, mfp-3@example.com, mfp-4@example.com, …</warning>");
}

static void acknowledging_clears_them(void **state)
{
	(void)state;
	arrive("mfp-1", "serial='S1'");
	arrive("mfp-1", "serial='S2'");
	arrive("mfp-1", "serial='S1'");
	fixture_forget();
	fixture_say("<iq type='set' id='c' " FROM_ALICE "><acknowledge xmlns='urn:platen:device:1' "
	            "device='mfp-1'/></iq>");
	assert_sent("type='result'");
	assert_int_equal(fixture_count("<warning "), 0);
	fixture_restart();
	fixture_online(true);
	check_warning(WARNING_SERIAL, "");
	check_warning(WARNING_SHARED, "");
	/* And it begins anew. */
	arrive("mfp-1", "serial='S2'");
	check_warning(WARNING_SERIAL, NOON " S1, now S2");
	check_warning(WARNING_SHARED, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(another_serial_is_told),
		TEST(a_serial_that_was_empty_in_between_is_told),
		TEST(another_serial_in_an_answer_is_told),
		TEST(a_serial_that_comes_back_is_a_shared_account),
		TEST(two_changes_in_an_hour_are_a_shared_account),
		TEST(a_restart_in_between_changes_nothing),
		TEST(a_long_serial_is_cut),
		TEST(who_logs_in_again_and_again_is_told),
		TEST(what_is_a_login),
		TEST(an_answer_to_our_question_is_no_login),
		TEST(a_counter_that_runs_backwards_is_told),
		TEST(a_late_answer_does_not_replace_newer_figures),
		TEST(figures_of_a_clock_that_was_set_are_taken),
		TEST(one_serial_under_two_accounts_is_told),
		TEST(not_all_of_many_are_named),
		TEST(acknowledging_clears_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
