// link: test/unit/component_fixture.o
/* What devices do wrong when they answer; how that ends the request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem.h"
#include "test/unit/component_fixture.h"

#define OPERATION "xmlns='urn:platen:operation:1'"
#define MFP_2 "<presence from='mfp-2@example.com/platen-a' to='devices.example.com'>" DEVICE \
              "</presence>"
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

static char *repeated(const char *piece, size_t n)
{
	char *text = mem_zero(n * strlen(piece) + 1, 1);

	for (size_t i = 0; i < n; i++)
		strcat(text, piece);
	return text;
}

/* What a device may answer instead of an outcome. */
static void what_devices_answer(void **state)
{
	static const struct { const char *answer, *error; } cases[] = {
		{ "", "bad-outcome" }, { "<x xmlns='urn:x'/>", "bad-outcome" },
		{ "<outcome xmlns='urn:x' status='done'/>", "bad-outcome" },
		{ "<outcome " OPERATION "/>", "bad-outcome" },
		{ "<outcome " OPERATION " status='great'/>", "bad-outcome" },
		{ "<outcome " OPERATION " id='019a0000-0000-7000-8000-000000000000' status='done'/>",
		  "bad-outcome" },
		{ "<outcome " OPERATION " status='done'><supplies xmlns='urn:platen:mfp:1' source='snmp' "
		  "taken='2026-01-02T12:00:00Z'><supply level='-7'/></supplies></outcome>", "bad-outcome" },
		{ "<outcome " OPERATION " status='failed'/>", "undefined" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *error = mem_printf("<error condition='%s'>", cases[i].error);

		fixture_say(ARRIVE_A SUBMIT);
		fixture_answer("result", FROM_A, cases[i].answer);
		assert_int_equal(fixture_count("<message "), 1);
		assert_int_equal(fixture_count(" status='failed' cause='outcome'"), 1);
		assert_int_equal(fixture_count(error), 1);
		free(error);
	}
}

/* Too large for an outcome, and too large for a stanza: the stream goes on, as the
 * ping in the same bytes shows, and so does the next request. */
static void what_devices_answer_without_measure(void **state)
{
	static const size_t sizes[] = { 66000, 600000 };

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		char *x = repeated("x", 1000), *many = repeated(x, sizes[i] / 1000), *text;

		fixture_say(ARRIVE_A SUBMIT SUBMIT);
		text = mem_printf("<iq type='result' " FROM_A " id='%s'><outcome " OPERATION
		                  " status='done'><x xmlns='urn:x'>%s</x></outcome></iq><iq type='get' "
		                  FROM_A " id='ping'><ping xmlns='urn:xmpp:ping'/></iq>",
		                  fixture_operation(), many);
		fixture_forget();
		fixture_say(text);
		assert_int_equal(fixture_count("<error condition='too-large'>"), 1);
		assert_int_equal(fixture_count("id='ping'"), 1);
		assert_int_equal(fixture_count("<operation "), 1);
		fixture_answer("result", FROM_A, "<outcome " OPERATION " status='done'/>");
		assert_int_equal(fixture_count("status='responded'"), 1);
		free(text);
		free(many);
		free(x);
	}
}

/* From somebody else, for another number, a second time, for what nobody knows. */
static void outcomes_that_nobody_asked_for(void **state)
{
	static const char *const from[] = {
		"from='mfp-2@example.com/platen-a' to='devices.example.com'",
		"from='alice@example.com/cli' to='devices.example.com'",
		"from='stranger@example.org/x' to='devices.example.com'",
	};
	static const char done[] = "<outcome " OPERATION " status='done'/>";
	uint64_t appended, after, base;
	struct store_file *file;
	char *text;

	(void)state;
	fixture_say(ARRIVE_A MFP_2 SUBMIT);
	for (size_t i = 0; i < sizeof from / sizeof *from; i++)
		fixture_answer("result", from[i], done);
	assert_int_equal(fixture.dropped_outcomes, 3);
	text = mem_printf("<iq type='result' " FROM_A " id='%.36s-9'>%s</iq>", fixture_operation(), done);
	fixture_say(text);
	free(text);
	assert_int_equal(fixture.dropped_outcomes, 4);
	assert_string_equal(fixture_sent(), "");
	fixture_answer("result", FROM_A, done);
	assert_int_equal(fixture_count("status='responded'"), 1);
	file = fixture.device_file;
	store_sizes(file, &appended, &base);
	fixture_answer("result", FROM_A, "<outcome " OPERATION " status='failed'/>");
	fixture_say("<iq type='result' " FROM_A " id='019a0000-0000-7000-8000-000000000000-1'>"
	            "<outcome " OPERATION " status='done'/></iq>");
	store_sizes(file, &after, &base);
	assert_int_equal(after, appended);
	assert_int_equal(fixture.dropped_outcomes, 6);
	assert_string_equal(fixture_sent(), "");
	fixture_say("<iq type='get' id='q' " FROM_ALICE "><requests " OPERATION "/></iq>");
	assert_int_equal(fixture_count("status='responded'"), 1);
	assert_int_equal(fixture_count("<request "), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_devices_answer),
		TEST(what_devices_answer_without_measure),
		TEST(outcomes_that_nobody_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
