// link: test/unit/component_fixture.o
/* Statistics as operators get them: counted from the files, sorted, paged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem.h"
#include "component/tally.h"
#include "test/unit/component_fixture.h"

#define OPERATION "xmlns='urn:platen:operation:1'"
#define RSM "http://jabber.org/protocol/rsm"
#define DONE "<outcome " OPERATION " status='done'/>"
#define COMMANDS 4

static const char *const commands[COMMANDS] = { "get-counters", "get-status", "get-supplies",
                                                "print" };

static void submit(const char *command)
{
	char *text = mem_printf("<iq type='set' id='s' " FROM_ALICE "><request " OPERATION
	                        " device='mfp-1' command='%s'/></iq>", command);

	fixture_say(text);
	free(text);
}

/* Of the first command one request, of the second two …; they take 10, 20 … ms. */
static int setup(void **state)
{
	int64_t ms = 0;

	(void)state;
	fixture_start();
	fixture_online(true);
	fixture_say(ARRIVE_A);
	for (int i = 0; i < COMMANDS; i++) {
		for (int k = 0; k <= i; k++) {
			submit(commands[i]);
			fixture_pass(ms += 10);
			fixture_answer("result", FROM_A, DONE);
		}
	}
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

static struct xml *ask(const char *who, const char *attributes, const char *set)
{
	char *text = mem_printf("<iq type='get' id='q' from='%s@example.com/x' "
	                        "to='devices.example.com'><stats " OPERATION " %s><set xmlns='" RSM
	                        "'>%s</set></stats></iq>", who, attributes, set);
	struct xml *answer;

	fixture_forget();
	fixture_say(text);
	free(text);
	answer = xml_parse(fixture_sent(), strlen(fixture_sent()), &xml_limits_stanza, NULL);
	assert_non_null(answer);
	assert_string_equal(xml_get(answer, "type"), "result");
	return answer;
}

/* "KEY:REQUESTS KEY:REQUESTS " of the page. */
static void check(const char *attributes, const char *set, const char *expected, bool more)
{
	struct xml *answer = ask("alice", attributes, set);
	const struct xml *page = xml_first(answer), *row = xml_child(page, "row", NULL);
	char *got = mem_strdup("");

	for (; row != NULL; row = xml_again(row, "row", NULL)) {
		char *longer = mem_printf("%s%s:%s ", got, xml_get(row, "key"), xml_get(row, "requests"));

		free(got);
		got = longer;
	}
	assert_string_equal(got, expected);
	assert_int_equal(xml_get(page, "more") != NULL, more);
	free(got);
	xml_free(answer);
}

static void all_is_counted(void **state)
{
	(void)state;
	submit("reboot");
	check("", "", "print:4 get-supplies:3 get-status:2 get-counters:1 reboot:1 ", false);
	assert_int_equal(fixture_count("<row " OPERATION " key='print' requests='4' responded='4' failed='0' "
	                               "refused='0' unknown='0' expired='0' no-response='0' "
	                               "cancelled='0' open='0' p50='80' p90='100' p99='100' "
	                               "max='100'/>"), 1);
	assert_int_equal(fixture_count("<row " OPERATION " key='reboot' requests='1' responded='0' failed='0' "
	                               "refused='0' unknown='0' expired='0' no-response='0' "
	                               "cancelled='0' open='1'/>"), 1);
	check("by='unit'", "", "acme:11 ", false);
	check("by='device'", "", "mfp-1@example.com:11 ", false);
}

static void filters_leave_their_own(void **state)
{
	(void)state;
	check("command='print'", "", "print:4 ", false);
	check("device='mfp-1' command='get-status'", "", "get-status:2 ", false);
	check("device='mfp-2'", "", "", false);
	check("unit='bolt'", "", "", false);
	check("since='2027-01-01T00:00:00Z'", "", "", false);
	check("until='2025-01-01T00:00:00Z'", "", "", false);
	check("until='2026-01-02T12:00:00Z'", "", "get-counters:1 ", false);
}

static void pages_go_both_ways(void **state)
{
	(void)state;
	check("", "<max>2</max>", "print:4 get-supplies:3 ", true);
	assert_int_equal(fixture_count("<first>4 print</first><last>3 get-supplies</last>"), 1);
	check("", "<max>2</max><after>3 get-supplies</after>", "get-status:2 get-counters:1 ", false);
	check("", "<max>2</max><after>1 get-counters</after>", "", false);
	check("", "<max>2</max><before/>", "get-status:2 get-counters:1 ", true);
	check("", "<max>2</max><before>2 get-status</before>", "print:4 get-supplies:3 ", false);
	check("", "<max>1</max><before>2 get-status</before>", "get-supplies:3 ", true);
	check("", "<max>9</max><after>3 a</after>", "get-supplies:3 get-status:2 get-counters:1 ",
	      false);
	check("", "<max>9</max><after>-</after>", "", false);
	check("", "<max>9</max><before>-</before>",
	      "print:4 get-supplies:3 get-status:2 get-counters:1 ", false);
	check("", "<max>0</max>", "", false);
	assert_int_equal(fixture_count("<count>4</count>"), 1);
}

static void only_what_he_may_view(void **state)
{
	static const char *const who[] = { "bob", "carol" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct xml *answer = ask(who[i], "", "");

		assert_int_equal(fixture_count("<row "), i == 0 ? COMMANDS : 0);
		xml_free(answer);
	}
}

/* They run one at a time, and what is asked beside them is answered, too. */
static void many_are_all_answered(void **state)
{
	static const char stats[] = "<iq type='get' id='q' " FROM_ALICE "><stats " OPERATION "/></iq>";
	static const char list[] = "<iq type='get' id='r' " FROM_ALICE "><requests " OPERATION "/></iq>";

	(void)state;
	fixture_forget();
	for (int i = 0; i < 5; i++) {
		fixture_receive(stats, sizeof stats - 1);
		fixture_receive(list, sizeof list - 1);
	}
	fixture_settle();
	assert_int_equal(fixture_count("<stats "), 5);
	assert_int_equal(fixture_count("<requests "), 5);
}

/* The fixture's end finds that nothing is left of them. */
static void a_component_that_stops_answers_none(void **state)
{
	static const char stats[] = "<iq type='get' id='q' " FROM_ALICE "><stats " OPERATION "/></iq>";

	(void)state;
	for (int i = 0; i < 5; i++)
		fixture_receive(stats, sizeof stats - 1);
}

static void what_is_wrong_is_refused(void **state)
{
	static const char *const wrong[] = { "colour='red'", "by='moon'", "since='today'",
	                                     "until='x'", "order='oldest'" };
	static const char *const places[] = { "x", "12", " a", "99999999999999999999 a" };

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		char *text = mem_printf("<iq type='get' id='q' " FROM_ALICE "><stats " OPERATION
		                        " %s/></iq>", wrong[i]);

		fixture_forget();
		fixture_say(text);
		assert_int_equal(fixture_count("<bad-request "), 1);
		free(text);
	}
	for (size_t i = 0; i < 4; i++) {
		char *text = mem_printf("<iq type='get' id='q' " FROM_ALICE "><stats " OPERATION
		                        "><set xmlns='" RSM "'><after>%s</after></set></stats></iq>",
		                        places[i]);

		fixture_forget();
		fixture_say(text);
		assert_int_equal(fixture_count("a page begins at what is no id of a row"), 1);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_is_counted),
		TEST(filters_leave_their_own),
		TEST(pages_go_both_ways),
		TEST(only_what_he_may_view),
		TEST(many_are_all_answered),
		TEST(a_component_that_stops_answers_none),
		TEST(what_is_wrong_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
