// link: test/unit/component_fixture.o
/* What bounds the component keeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem.h"
#include "test/unit/component_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

static void assert_sent(const char *text)
{
	if (strstr(fixture_sent(), text) == NULL)
		fail_msg("\"%s\" is not in: %s", text, fixture_sent());
}

static void arguments_are_bounded_as_they_are_written(void **state)
{
	char *quotes = mem_zero(1, 4001), *text = mem_strdup(""), *more;

	(void)state;
	memset(quotes, '\'', 4000);
	for (int i = 0; i < 20; i++) {
		more = mem_printf("%s<argument name='a%d'>%s</argument>", text, i, quotes);
		free(text);
		text = more;
	}
	fixture_say(ARRIVE_A);
	fixture_forget();
	more = mem_printf("<iq type='set' id='s2' " FROM_ALICE "><request "
	                  "xmlns='urn:platen:operation:1' device='mfp-1' command='print'>%s"
	                  "</request></iq>", text);
	fixture_say(more);
	assert_sent("type='error'");
	assert_sent("<bad-request ");
	assert_int_equal(fixture_count("<operation "), 0);
	free(more);
	free(text);
	free(quotes);
}

/* Cut where it was too much: the stream has lasted, the request knows why. */
static void an_outcome_over_a_limit_fails_with_it(void **state)
{
	char *deep = mem_strdup("<outcome xmlns='urn:platen:operation:1' status='done'>"), *more;

	(void)state;
	for (int i = 0; i < 80; i++) {
		more = mem_printf("%s%s", deep, i < 40 ? "<a>" : "</a>");
		free(deep);
		deep = more;
	}
	more = mem_printf("%s</outcome>", deep);
	fixture_say(ARRIVE_A SUBMIT);
	fixture_answer("result", FROM_A, more);
	assert_sent("status='failed'");
	assert_sent("<error condition='too-large'>the device's outcome is nested too deep</error>");
	free(deep);
	free(more);
}

/* The rate holds for what has gathered while the link was away, too. */
static void asks_go_out_at_their_rate(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		char *text = mem_printf("<presence from='mfp-%d@example.com/platen-a' "
		                        "to='devices.example.com'>" DEVICE "</presence>", i);

		fixture_say(text);
		free(text);
	}
	fixture_online(false);
	fixture_online(true);
	fixture_online(false);
	for (int i = 0; i < 100; i++)
		fixture_pass(100);
	fixture_online(true);
	fixture_forget();
	for (int i = 0; i < 10; i++)
		fixture_pass(100);
	assert_in_range(fixture_count("<device xmlns="), 45, 56);
	for (int i = 0; i < 15; i++)
		fixture_pass(100);
	assert_int_equal(fixture_count("<device xmlns="), 100);
}

/* Ten thousand devices, a request waits for each tenth of them. */
static void a_restart_is_no_storm(void **state)
{
	char *text = mem_zero(10000, 300), *end = text;

	(void)state;
	fixture.config.submits_operator = fixture.config.open_operator = 100000;
	for (int i = 0; i < 10000; i++)
		end += sprintf(end, "<presence from='mfp-%d@example.com/platen-a' "
		               "to='devices.example.com'>" DEVICE "</presence>"
		               "<presence type='unavailable' from='mfp-%d@example.com/platen-a' "
		               "to='devices.example.com'/>", i, i);
	fixture_say(text);
	for (int i = 0; i < 10000; i += 10) {
		sprintf(text, "<iq type='set' id='s1' " FROM_ALICE "><request "
		        "xmlns='urn:platen:operation:1' device='mfp-%d@example.com' "
		        "command='get-supplies' expires='3600'/></iq>", i);
		fixture_say(text);
	}
	free(text);
	fixture_restart();
	fixture_online(true);
	fixture_forget();
	for (int i = 0; i < 100; i++)
		fixture_pass(100);
	/* 50 asks a second, those first for which something waits; nothing else. */
	assert_in_range(fixture_count("<iq "), 490, 510);
	assert_int_equal(fixture_count("<iq "), fixture_count("<device xmlns="));
	assert_int_equal(fixture_count("0@example.com/platen-a"), fixture_count("<iq "));
	for (int i = 0; i < 1910; i++)
		fixture_pass(100);
	assert_int_equal(fixture_count("<device xmlns="), 10000);
}

static void a_deep_outcome_is_refused(void **state)
{
	char *text = mem_strdup(""), *more;

	(void)state;
	for (int i = 0; i < 16; i++) {
		more = mem_printf("<a>%s</a>", text);
		free(text);
		text = more;
	}
	fixture_say(ARRIVE_A SUBMIT SUBMIT);
	more = mem_printf("<outcome xmlns='urn:platen:operation:1' status='done'>%s</outcome>", text);
	fixture_answer("result", FROM_A, more);
	assert_sent("status='failed'");
	assert_sent("<error condition='too-large'>");
	free(more);
	more = mem_printf("<outcome xmlns='urn:platen:operation:1' status='done'>%.*s</outcome>",
	                  (int)strlen(text) - 7, text + 3);
	fixture_answer("result", FROM_A, more);
	assert_sent("status='responded'");
	free(more);
	free(text);
}

/* Both rows would be in the first page by their number. */
static void a_page_is_bounded_in_bytes(void **state)
{
	static const char ask[] = "<iq type='get' id='q' " FROM_ALICE
	                          "><requests xmlns='urn:platen:operation:1'/></iq>";
	char *x = mem_zero(1, 45001), *outcome;

	(void)state;
	memset(x, 'x', 45000);
	outcome = mem_printf("<outcome xmlns='urn:platen:operation:1' status='done'><x>%s</x>"
	                     "</outcome>", x);
	fixture_say(ARRIVE_A SUBMIT SUBMIT SUBMIT);
	for (int i = 0; i < 3; i++)
		fixture_answer("result", FROM_A, outcome);
	fixture_forget();
	fixture_say(ask);
	assert_sent("more='true'");
	assert_int_equal(fixture_count("<request "), 2);
	assert_in_range(strlen(fixture_sent()), 90000, 128 * 1024 + 1000);
	free(outcome);
	free(x);
}

/* Two run, twenty wait; another operator's still finds room. */
static void one_operator_does_not_fill_the_line_of_queries(void **state)
{
	static const char query[] = "<iq type='get' id='q' " FROM_ALICE
	                            "><requests xmlns='urn:platen:operation:1'/></iq>";
	static const char other[] = "<iq type='get' id='o' from='bob@example.com/x' "
	                            "to='devices.example.com'>"
	                            "<requests xmlns='urn:platen:operation:1'/></iq>";

	(void)state;
	fixture_forget();
	for (int i = 0; i < 25; i++)
		fixture_receive(query, sizeof query - 1);
	fixture_receive(other, sizeof other - 1);
	assert_int_equal(fixture_count("resource-constraint"), 3);
	fixture_settle();
	assert_int_equal(fixture_count("resource-constraint"), 3);
	assert_int_equal(fixture_count("type='result'"), 23);
}

static void submit(const char *from, const char *device, const char *more)
{
	char *text = mem_printf("<iq type='set' id='s' from='%s/x' to='devices.example.com'><request "
	                        "xmlns='urn:platen:operation:1' device='%s@example.com' "
	                        "command='print' %s/></iq>", from, device, more);

	fixture_receive(text, strlen(text));
	free(text);
}

/* How many of n submits are taken, and that the others are told why. */
static unsigned taken(unsigned n, const char *from, const char *device, const char *limit)
{
	char *named = mem_printf("<limit xmlns='urn:platen:operation:1' name='%s'/>", limit);
	unsigned refused;

	fixture_settle();
	fixture_forget();
	for (unsigned i = 0; i < n; i++)
		submit(from, device, "");
	fixture_settle();
	refused = fixture_count(named);
	assert_int_equal(fixture_count("type='error'"), refused);
	free(named);
	return n - refused;
}

#define MFP_2 "<presence from='mfp-2@example.com/platen-a' to='devices.example.com'>" DEVICE \
              "</presence>"
#define ALICE "alice@example.com"
#define DAVE "dave@example.com"

/* Two operators of acme, and limits that are reached soon. */
static void limit(int64_t open, int64_t a_device, int64_t an_operator)
{
	fixture_units("[unit acme]\ndevices = mfp-*@example.com\n"
	              "operator alice@example.com = view request\n"
	              "operator dave@example.com = view request\n");
	fixture.config.open_device = 1000;
	fixture.config.open_operator = open;
	fixture.config.submits_device = a_device;
	fixture.config.submits_operator = an_operator;
	fixture_say(ARRIVE_A MFP_2);
}

static void an_operator_submits_so_many_a_second(void **state)
{
	(void)state;
	limit(1000, 100, 3);
	assert_int_equal(taken(40, ALICE, "mfp-1", "submits-per-operator"), 30);
	assert_int_equal(taken(1, ALICE, "mfp-2", "submits-per-operator"), 0);
	assert_int_equal(taken(5, DAVE, "mfp-1", "submits-per-operator"), 5);
	fixture_pass(1000);
	assert_int_equal(taken(5, ALICE, "mfp-2", "submits-per-operator"), 3);
}

static void a_device_gets_so_many_a_second(void **state)
{
	(void)state;
	limit(1000, 2, 100);
	assert_int_equal(taken(15, ALICE, "mfp-1", "submits-per-device"), 15);
	assert_int_equal(taken(15, DAVE, "mfp-1", "submits-per-device"), 5);
	assert_int_equal(taken(5, ALICE, "mfp-2", "submits-per-device"), 5);
	fixture_pass(500);
	assert_int_equal(taken(5, DAVE, "mfp-1", "submits-per-device"), 1);
}

/* Nobody may have us look for devices as fast as he likes. */
static void a_refused_submit_counts(void **state)
{
	(void)state;
	limit(1000, 100, 1);
	for (int i = 0; i < 5; i++)
		submit(ALICE, "no-such-device", "");
	assert_int_equal(taken(20, ALICE, "mfp-1", "submits-per-operator"), 5);
}

/* The same request again is no other one: who repeats a lost submit gets his answer. */
static void a_repeated_token_costs_nothing(void **state)
{
	(void)state;
	limit(1000, 100, 1);
	submit(ALICE, "mfp-1", "token='t'");
	assert_int_equal(taken(20, ALICE, "mfp-1", "submits-per-operator"), 9);
	fixture_forget();
	submit(ALICE, "mfp-1", "token='t'");
	fixture_settle();
	assert_int_equal(fixture_count("type='result'"), 1);
}

/* What was open before a restart counts, and what has ended does not. */
static void an_operator_has_so_many_open(void **state)
{
	static const char done[] = "<outcome xmlns='urn:platen:operation:1' status='done'/>";

	(void)state;
	limit(6, 100, 100);
	assert_int_equal(taken(8, ALICE, "mfp-1", "open-per-operator"), 6);
	assert_int_equal(taken(8, ALICE, "mfp-2", "open-per-operator"), 0);
	assert_int_equal(taken(8, DAVE, "mfp-2", "open-per-operator"), 6);
	fixture_restart();
	fixture_online(true);
	limit(6, 100, 100);
	assert_int_equal(taken(1, ALICE, "mfp-2", "open-per-operator"), 0);
	fixture_answer("result", "from='mfp-2@example.com/x' to='devices.example.com'", done);
	assert_int_equal(taken(2, DAVE, "mfp-1", "open-per-operator"), 1);
	/* All expire. */
	fixture_pass(100000000);
	assert_int_equal(taken(8, ALICE, "mfp-1", "open-per-operator"), 6);
}

static void bounces_do_not_go_on_for_ever(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	for (int i = 1; i <= LIFE_BOUNCES; i++) {
		fixture_answer("error", FROM_A, "");
		if (i < LIFE_BOUNCES)
			fixture_say(ARRIVE_A);
	}
	assert_sent("status='no-response' cause='unreachable'");
	assert_sent("attempts='0'");
	fixture_forget();
	fixture_say(ARRIVE_A);
	assert_int_equal(fixture_count("<operation "), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(arguments_are_bounded_as_they_are_written),
		TEST(an_outcome_over_a_limit_fails_with_it),
		TEST(asks_go_out_at_their_rate),
		TEST(a_restart_is_no_storm),
		TEST(a_deep_outcome_is_refused),
		TEST(a_page_is_bounded_in_bytes),
		TEST(bounces_do_not_go_on_for_ever),
		TEST(an_operator_submits_so_many_a_second),
		TEST(a_device_gets_so_many_a_second),
		TEST(a_refused_submit_counts),
		TEST(a_repeated_token_costs_nothing),
		TEST(an_operator_has_so_many_open),
		TEST(one_operator_does_not_fill_the_line_of_queries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
