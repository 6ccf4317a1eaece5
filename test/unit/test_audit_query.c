// link: test/unit/component_fixture.o
/* Administrators ask what was done and denied. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/clock.h"
#include "common/mem.h"
#include "component/days.h"
#include "test/unit/component_fixture.h"

#define RSM "http://jabber.org/protocol/rsm"
#define OPERATION "xmlns='urn:platen:operation:1'"
#define EVENTS 30
#define DAYS 3

/* The ids of all events, the oldest first. */
static char ids[EVENTS][UUID7_STRING];

static void deny(const char *from, const char *device)
{
	char *text = mem_printf("<iq type='set' id='d' from='%s' to='devices.example.com'><request "
	                        OPERATION " device='%s' command='make-coffee'/></iq>", from, device);

	fixture_say(text);
	free(text);
}

/* The answer, parsed; xml_free() it. */
static struct xml *ask(const char *operator_, const char *attributes, const char *set)
{
	char *text = mem_printf("<iq type='get' id='q' from='%s@example.com/x' "
	                        "to='devices.example.com'><audit xmlns='urn:platen:audit:1' %s>"
	                        "<set xmlns='" RSM "'>%s</set></audit></iq>", operator_, attributes, set);
	struct xml *answer;

	fixture_forget();
	fixture_say(text);
	free(text);
	answer = xml_parse(fixture_sent(), strlen(fixture_sent()), &xml_limits_stanza, NULL);
	assert_non_null(answer);
	assert_string_equal(xml_get(answer, "type"), "result");
	assert_true(xml_is(xml_first(answer), "audit", NS_AUDIT));
	return answer;
}

static const struct xml *first_event(const struct xml *answer)
{
	return xml_child(xml_first(answer), "event", NS_AUDIT);
}

static const struct xml *next_event(const struct xml *event)
{
	return xml_again(event, "event", NS_AUDIT);
}

static void note_ids(void)
{
	struct xml *answer = ask("chief", "order='oldest'", "");
	const struct xml *event = first_event(answer);

	for (int i = 0; i < EVENTS; i++, event = next_event(event)) {
		assert_non_null(event);
		snprintf(ids[i], sizeof ids[i], "%s", xml_get(event, "id"));
		assert_true(i == 0 || strcmp(ids[i], ids[i - 1]) > 0);
	}
	assert_null(event);
	xml_free(answer);
}

/* Ten events on each of three days, by turns about a device of acme, one of bolt and
 * none. chief administers both units. */
static int setup(void **state)
{
	static const char *const devices[] = { "mfp-1", "bolt-1", "Nobody" };
	static const char *const makers[] = { "maker@example.com/m", "maker@example.com/n" };

	(void)state;
	fixture_start();
	fixture_units("[unit acme]\ndevices = mfp-*@example.com\n"
	              "operator alice@example.com = admin\noperator chief@example.com = admin\n"
	              "operator maker@example.com = view\n"
	              "[unit bolt]\ndevices = bolt-*@example.com\n"
	              "operator carol@example.com = admin\noperator chief@example.com = admin\n"
	              "operator maker@example.com = view\noperator alice@example.com = view\n");
	fixture_online(true);
	fixture_say(ARRIVE_A "<presence from='bolt-1@example.com/platen-a' to='devices.example.com'>"
	            DEVICE "</presence>");
	/* The first is that of the units. */
	for (int i = 1; i < EVENTS; i++) {
		if (i % (EVENTS / DAYS) == 0)
			fixture_pass(DAYS_MS);
		deny(makers[i % 2], devices[i % 3]);
	}
	note_ids();
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

static void an_event_has_what_its_row_has(void **state)
{
	struct xml *answer = ask("chief", "", "<max>1</max>");
	const struct xml *event = first_event(answer);
	static const char *const expected[][2] = {
		{ "time", "2026-01-04T12:00:00.000Z" }, { "operator", "maker@example.com" },
		{ "asked_by", "maker@example.com/n" }, { "action", "request" }, { "device", "Nobody" },
		{ "command", "make-coffee" }, { "result", "denied" }, { "condition", "item-not-found" },
	};

	(void)state;
	assert_string_equal(xml_get(event, "id"), ids[EVENTS - 1]);
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
		assert_string_equal(xml_get(event, expected[i][0]), expected[i][1]);
	assert_null(xml_get(event, "unit"));
	assert_null(xml_get(event, "request"));
	assert_null(xml_get(event, "suppressed"));
	assert_string_equal(xml_text_of(event), "there is no device Nobody in your units");
	assert_string_equal(xml_get(xml_first(answer), "more"), "true");
	xml_free(answer);
}

/* Through the whole list in pages of seven, which no day is a multiple of: a page
 * backwards has its rows in the list's order all the same. */
static void walk(bool oldest, bool backwards)
{
	char from[UUID7_STRING] = "", set[200];
	unsigned seen = 0;

	for (bool more = true; more; ) {
		const char *word = backwards ? "before" : "after";
		unsigned n = EVENTS - seen < 7 ? EVENTS - seen : 7;
		const struct xml *event;
		struct xml *answer;

		snprintf(set, sizeof set, "<max>7</max><%s>%s</%s>", word, from, word);
		answer = ask("chief", oldest ? "order='oldest'" : "", backwards || seen > 0 ? set
		                                                                  : "<max>7</max>");
		event = first_event(answer);
		for (unsigned i = 0; i < n; i++, event = next_event(event)) {
			unsigned place = backwards ? EVENTS - seen - n + i : seen + i;

			assert_non_null(event);
			assert_string_equal(xml_get(event, "id"), ids[oldest ? place : EVENTS - 1 - place]);
			if (i == (backwards ? 0 : n - 1))
				snprintf(from, sizeof from, "%s", xml_get(event, "id"));
		}
		assert_null(event);
		seen += n;
		more = xml_get(xml_first(answer), "more") != NULL;
		assert_int_equal(more, seen < EVENTS);
		xml_free(answer);
	}
}

static void pages_go_either_way_in_either_order(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++)
		walk(i & 1, i & 2);
}

static void check_count(const char *operator_, const char *attributes, unsigned expected)
{
	struct xml *answer = ask(operator_, attributes, "<max>0</max>");
	const struct xml *set = xml_child(xml_first(answer), "set", RSM), *event;
	unsigned n = 0;

	assert_int_equal(atoi(xml_text_of(xml_child(set, "count", RSM))), expected);
	assert_null(first_event(answer));
	xml_free(answer);
	answer = ask(operator_, attributes, "");
	for (event = first_event(answer); event != NULL; event = next_event(event))
		n++;
	assert_int_equal(n, expected);
	xml_free(answer);
}

static void each_filter_leaves_its_own(void **state)
{
	(void)state;
	check_count("chief", "", EVENTS);
	check_count("chief", "operator='maker@example.com/any'", EVENTS - 1);
	check_count("chief", "operator='alice@example.com'", 0);
	check_count("chief", "device='mfp-1@example.com'", 9);
	check_count("chief", "device='MFP-1@example.com/x'", 9);
	check_count("chief", "device='Nobody'", 10);
	check_count("chief", "unit='bolt'", 10);
	check_count("chief", "action='reload'", 1);
	check_count("chief", "action='request'", EVENTS - 1);
	check_count("chief", "result='accepted'", 1);
	check_count("chief", "result='denied'", EVENTS - 1);
	check_count("chief", "request='019a0000-0000-7000-8000-000000000000'", 0);
	check_count("chief", "since='2026-01-03T12:00:00Z' until='2026-01-03T12:00:00Z'", 10);
	check_count("chief", "since='2026-01-03T12:00:00.001Z'", 10);
	check_count("chief", "until='2026-01-03T11:59:59Z'", 10);
}

/* Of bolt alice may view, which is nothing here; what is of no unit is everybody's. */
static void each_sees_his_own_units(void **state)
{
	(void)state;
	check_count("alice", "", EVENTS - 10);
	check_count("alice", "unit='bolt'", 0);
	check_count("alice", "device='bolt-1@example.com'", 0);
	check_count("carol", "", EVENTS - 9);
	check_count("carol", "unit='acme'", 0);
}

static void who_may_not_ask_is_recorded(void **state)
{
	struct xml *answer;

	(void)state;
	fixture_forget();
	fixture_say("<iq type='get' id='q' from='maker@example.com/x' to='devices.example.com'>"
	            "<audit xmlns='urn:platen:audit:1' device='mfp-1'/></iq>");
	assert_int_equal(fixture_count("<missing-right xmlns='urn:platen:operation:1' name='admin'/>"), 1);
	answer = ask("alice", "action='audit'", "");
	assert_string_equal(xml_get(first_event(answer), "device"), "mfp-1@example.com");
	assert_string_equal(xml_get(first_event(answer), "unit"), "acme");
	assert_string_equal(xml_get(first_event(answer), "condition"), "forbidden");
	xml_free(answer);
}

/* As after a write that failed: the rows are in the next segment, too. */
static void a_row_that_is_there_twice_is_listed_once(void **state)
{
	const char *dir = fixture.config.data_directory;
	char *command = mem_printf("cp %s/audit/2026-01-03.tsv %s/audit/2026-01-03.1.tsv", dir, dir);

	(void)state;
	assert_int_equal(system(command), 0);
	free(command);
	for (unsigned i = 0; i < 4; i++)
		walk(i & 1, i & 2);
}

/* The rows of the day are then not in the order of their ids. */
static void a_clock_that_went_back(void **state)
{
	int64_t now = clock_wall_ms();
	struct xml *answer;

	(void)state;
	clock_set(clock_mono_ms(), now - 60000);
	deny("maker@example.com/m", "early");
	clock_set(clock_mono_ms(), now + 60000);
	deny("maker@example.com/m", "late");
	answer = ask("chief", "", "<max>3</max>");
	assert_string_equal(xml_get(first_event(answer), "device"), "late");
	assert_string_equal(xml_get(next_event(first_event(answer)), "id"), ids[EVENTS - 1]);
	xml_free(answer);
	answer = ask("chief", "order='oldest' since='2026-01-04T00:00:00Z'", "<max>2</max>");
	assert_string_equal(xml_get(first_event(answer), "device"), "early");
	assert_string_equal(xml_get(next_event(first_event(answer)), "id"), ids[20]);
	assert_string_equal(xml_get(xml_first(answer), "more"), "true");
	xml_free(answer);
}

/* Its rows hold less of it. */
static void a_long_jid_is_found(void **state)
{
	char *from = mem_printf("a%0300d@example.com/m", 0), *filter;
	struct xml *answer;

	(void)state;
	deny(from, "x");
	filter = mem_printf("operator='A%0300d@example.com'", 0);
	answer = ask("chief", filter, "");
	assert_non_null(first_event(answer));
	assert_null(next_event(first_event(answer)));
	assert_int_equal(strlen(xml_get(first_event(answer), "operator")), 256);
	xml_free(answer);
	free(filter);
	free(from);
}

static void a_large_page_is_cut(void **state)
{
	char *text = mem_printf("<iq type='set' id='d' from='maker@example.com/%0200d' "
	                        "to='devices.example.com'><brew%060d xmlns='%01000d'/></iq>", 0, 0, 0);
	size_t n = 0;
	struct xml *answer;

	(void)state;
	for (int i = 0; i < 100; i++)
		fixture_say(text);
	answer = ask("chief", "", "");
	for (const struct xml *e = first_event(answer); e != NULL; e = next_event(e))
		n++;
	assert_in_range(n, 50, 99);
	assert_in_range(strlen(fixture_sent()), 100 * 1024, 132 * 1024);
	assert_string_equal(xml_get(xml_first(answer), "more"), "true");
	xml_free(answer);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_event_has_what_its_row_has),
		TEST(pages_go_either_way_in_either_order),
		TEST(each_filter_leaves_its_own),
		TEST(each_sees_his_own_units),
		TEST(who_may_not_ask_is_recorded),
		TEST(a_row_that_is_there_twice_is_listed_once),
		TEST(a_clock_that_went_back),
		TEST(a_long_jid_is_found),
		TEST(a_large_page_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
