// link: test/unit/component_fixture.o
/* Lists as operators get them: orders, pages both ways, counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem.h"
#include "test/unit/component_fixture.h"

#define RSM "http://jabber.org/protocol/rsm"
#define DEVICES 9

/* Each device's model, location and serial are in another order than its JID. */
static void arrive(int i)
{
	char *text = mem_printf("<presence from='mfp-%d@example.com/platen-a' "
	                        "to='devices.example.com'><device xmlns='urn:platen:device:1' "
	                        "model='%s%d' location='L%d' serial='%d'/></presence>", i,
	                        i % 2 ? "a" : "B", i / 3, (i * 4) % DEVICES, DEVICES - i);

	fixture_say(text);
	fixture_pass(10 + 1000 * (i == 4));
	free(text);
}

static int setup(void **state)
{
	(void)state;
	fixture_start();
	fixture_online(true);
	for (int i = 0; i < DEVICES; i++)
		arrive((i * 2) % DEVICES);
	fixture_say("<presence from='bolt-1@example.com/platen-a' to='devices.example.com'>" DEVICE
	            "</presence>");
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

static struct xml *ask(const char *element, const char *attributes, const char *set)
{
	char *text = mem_printf("<iq type='get' id='q' " FROM_ALICE "><%s "
	                        "xmlns='urn:platen:operation:1' %s><set xmlns='" RSM "'>%s</set>"
	                        "</%s></iq>", element, attributes, set, element);
	struct xml *answer;

	fixture_forget();
	fixture_say(text);
	free(text);
	answer = xml_parse(fixture_sent(), strlen(fixture_sent()), &xml_limits_stanza, NULL);
	assert_non_null(answer);
	assert_string_equal(xml_get(answer, "type"), "result");
	return answer;
}

/* The JID, behind which a key may stand. */
static void is_id_of(const char *id, const char *jid)
{
	assert_int_equal(strcspn(id, " "), strlen(jid));
	assert_memory_equal(id, jid, strlen(jid));
}

/* The numbers in the rows' JIDs, and what the <set/> says of them. */
static void check(const char *attributes, const char *set, const char *expected, bool more)
{
	struct xml *answer = ask("devices", attributes, set);
	const struct xml *page = xml_first(answer), *row = xml_child(page, "device", NULL);
	const struct xml *rsm = xml_child(page, "set", RSM);
	const char *first = xml_get(row, "device"), *last = first;
	char *got = mem_strdup("");

	for (; row != NULL; row = xml_again(row, "device", NULL)) {
		char *longer = mem_printf("%s%.1s", got, xml_get(row, "device") + strlen("mfp-"));

		last = xml_get(row, "device");
		free(got);
		got = longer;
	}
	assert_string_equal(got, expected);
	assert_int_equal(xml_get(page, "more") != NULL, more);
	if (*expected != '\0') {
		is_id_of(xml_text_of(xml_child(rsm, "first", RSM)), first);
		is_id_of(xml_text_of(xml_child(rsm, "last", RSM)), last);
	}
	free(got);
	xml_free(answer);
}

static void devices_have_six_orders(void **state)
{
	(void)state;
	check("", "", "012345678", false);
	check("sort='device'", "", "012345678", false);
	check("sort='model'", "", "135702468", false);
	check("sort='unit'", "", "012345678", false);
	check("sort='location'", "", "075318642", false);
	check("sort='serial'", "", "876543210", false);
	check("sort='since'", "", "024681357", false);
}

static void devices_page_both_ways(void **state)
{
	(void)state;
	check("", "<max>4</max>", "0123", true);
	check("", "<max>4</max><after>mfp-3@example.com</after>", "4567", true);
	check("", "<max>4</max><after>mfp-7@example.com</after>", "8", false);
	check("", "<max>4</max><after>mfp-8@example.com</after>", "", false);
	check("", "<max>4</max><before/>", "5678", true);
	check("", "<max>4</max><before>mfp-5@example.com</before>", "1234", true);
	check("", "<max>4</max><before>mfp-1@example.com</before>", "0", false);
	check("", "<max>4</max><before>mfp-0@example.com</before>", "", false);
	check("", "<max>9</max>", "012345678", false);
	check("", "<max>9</max><before/>", "012345678", false);
}

/* A device that is not there marks a place in the order of JIDs all the same. */
static void a_page_may_begin_between_devices(void **state)
{
	(void)state;
	check("", "<max>2</max><after>mfp-3x</after>", "45", true);
	check("", "<max>2</max><before>mfp-3x</before>", "23", true);
}

static void sorted_devices_page_both_ways(void **state)
{
	char *set;

	(void)state;
	check("sort='model'", "<max>4</max>", "1357", true);
	check("sort='model'", "<max>4</max><after>mfp-7@example.com a2</after>", "0246", true);
	check("sort='model'", "<max>4</max><after>mfp-6@example.com B2</after>", "8", false);
	check("sort='model'", "<max>4</max><before/>", "2468", true);
	check("sort='model'", "<max>4</max><before>mfp-2@example.com B0</before>", "3570", true);
	check("sort='model'", "<max>4</max><before>mfp-3@example.com a1</before>", "1", false);
	set = mem_printf("<max>3</max><before>mfp-1@example.com %lld</before>",
	                 (long long)device_find(&fixture.devices, "mfp-1@example.com")->since);
	check("sort='since'", set, "468", true);
	free(set);
}

/* What the last row has become meanwhile does not move the place where the list goes on. */
static void a_key_that_changes_between_pages_loses_nothing(void **state)
{
	(void)state;
	check("sort='serial'", "<max>3</max>", "876", true);
	assert_non_null(strstr(fixture_sent(), "<last>mfp-6@example.com 3</last>"));
	fixture_say("<presence from='mfp-6@example.com/platen-a' to='devices.example.com'>"
	            "<device xmlns='urn:platen:device:1' serial='9x'/></presence>");
	check("sort='serial'", "<after>mfp-6@example.com 3</after>", "5432106", false);
	/* Nor does a row without a key, or one that is gone. */
	fixture_say("<presence from='mfp-9@example.com/platen-a' to='devices.example.com'>"
	            "<device xmlns='urn:platen:device:1'/></presence>");
	check("sort='serial'", "<max>1</max>", "9", true);
	assert_non_null(strstr(fixture_sent(), "<last>mfp-9@example.com </last>"));
	check("sort='serial'", "<max>2</max><after>mfp-9@example.com </after>", "87", true);
	check("sort='serial'", "<max>2</max><after>none@example.com 4x</after>", "43", true);
}

static void filters_and_orders_go_together(void **state)
{
	(void)state;
	fixture_say("<presence type='unavailable' from='mfp-6@example.com/platen-a' "
	            "to='devices.example.com'/>");
	fixture_pass(1000);             /* it is asked whether it is there */
	check("sort='serial' online='false'", "", "6", false);
	check("sort='serial' online='true'", "<max>3</max>", "875", true);
	check("serial='2'", "", "7", false);
}

/* The index that finds it knows other names, and no case. */
static void a_serial_number_is_found_as_it_is(void **state)
{
	(void)state;
	fixture_say("<presence from='mfp-1@example.com/platen-a' to='devices.example.com'>"
	            "<device xmlns='urn:platen:device:1' serial='Mfp-2'/></presence>"
	            "<presence from='mfp-3@example.com/platen-a' to='devices.example.com'>"
	            "<device xmlns='urn:platen:device:1' serial='Mfp-2' name='mfp-2'/></presence>"
	            "<presence from='mfp-4@example.com/platen-a' to='devices.example.com'>"
	            "<device xmlns='urn:platen:device:1' serial=' . '/></presence>");
	check("serial='Mfp-2'", "", "13", false);
	check("serial='Mfp-2'", "<max>1</max>", "1", true);
	check("serial='Mfp-2'", "<max>1</max><after>mfp-1@example.com</after>", "3", false);
	check("serial='Mfp-2'", "<max>1</max><before/>", "3", true);
	check("serial='Mfp-2' sort='model'", "<after>mfp-1@example.com a0</after>", "3", false);
	check("serial='Mfp-2' online='false'", "", "", false);
	check("serial='mfp-2'", "", "", false);
	check("serial='MFP-2'", "", "", false);
	check("serial=' . '", "", "4", false);
	check("serial=''", "", "", false);
}

static void check_count(const char *element, const char *attributes, const char *set,
                        const char *expected)
{
	struct xml *answer = ask(element, attributes, set);
	const struct xml *page = xml_first(answer), *rsm = xml_first(page);

	assert_true(xml_is(rsm, "set", RSM));
	assert_null(xml_following(rsm));
	assert_null(xml_get(page, "more"));
	assert_null(xml_child(rsm, "first", RSM));
	assert_string_equal(xml_text_of(xml_child(rsm, "count", RSM)), expected);
	xml_free(answer);
}

/* What an operator may not see is not counted, and where a page began is nothing to it. */
static void a_page_of_no_rows_says_how_many_there_are(void **state)
{
	(void)state;
	fixture_say(SUBMIT SUBMIT SUBMIT);
	check_count("devices", "", "<max>0</max>", "9");
	check_count("devices", "sort='model'", "<max>0</max><after>mfp-7@example.com</after>", "9");
	check_count("devices", "", "<max>0</max><before/>", "9");
	check_count("devices", "model='nothing'", "<max>0</max>", "0");
	check_count("requests", "", "<max>0</max>", "3");
	check_count("requests", "status='queued'", "<max>0</max>", "2");
	check_count("requests", "order='oldest'", "<max>0</max><before/>", "3");
}

static char *id_in(const struct xml *answer, const char *which)
{
	return mem_strdup(xml_text_of(xml_child(xml_child(xml_first(answer), "set", RSM), which, RSM)));
}

/* From the one end to the other and back: the same rows in the same order. */
static void requests_page_both_ways(void **state)
{
	char *last, *first, *set, *newest;
	struct xml *page;

	(void)state;
	fixture_say(SUBMIT SUBMIT SUBMIT SUBMIT SUBMIT);
	page = ask("requests", "", "<max>2</max>");
	newest = id_in(page, "first");
	last = id_in(page, "last");
	xml_free(page);
	set = mem_printf("<max>2</max><after>%s</after>", last);
	page = ask("requests", "", set);
	first = id_in(page, "first");
	xml_free(page);
	free(set);
	set = mem_printf("<max>2</max><before>%s</before>", first);
	page = ask("requests", "", set);
	free(first);
	first = id_in(page, "first");
	assert_string_equal(first, newest);
	assert_null(xml_get(xml_first(page), "more"));
	xml_free(page);
	page = ask("requests", "order='oldest'", "<max>2</max><before/>");
	free(last);
	last = id_in(page, "last");
	assert_string_equal(last, newest);
	assert_string_equal(xml_get(xml_first(page), "more"), "true");
	xml_free(page);
	free(last);
	free(first);
	free(set);
	free(newest);
}

/* A page backwards that is cut for its size keeps the rows next to where it began. */
static void a_large_page_backwards_is_cut_at_its_far_end(void **state)
{
	char *x = mem_zero(1, 45001), *outcome, *last, *first;
	struct xml *page;

	(void)state;
	memset(x, 'x', 45000);
	outcome = mem_printf("<outcome xmlns='urn:platen:operation:1' status='done'><x>%s</x>"
	                     "</outcome>", x);
	fixture_say(SUBMIT SUBMIT SUBMIT SUBMIT);
	for (int i = 0; i < 4; i++)
		fixture_answer("result", FROM_A, outcome);
	page = ask("requests", "", "<max>1</max><before/>");
	last = id_in(page, "last");
	xml_free(page);
	page = ask("requests", "", "<before/>");
	assert_int_equal(fixture_count("<request "), 2);
	assert_string_equal(xml_get(xml_first(page), "more"), "true");
	first = id_in(page, "last");
	assert_string_equal(first, last);
	xml_free(page);
	free(first);
	free(last);
	free(outcome);
	free(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(devices_have_six_orders),
		TEST(devices_page_both_ways),
		TEST(a_page_may_begin_between_devices),
		TEST(sorted_devices_page_both_ways),
		TEST(a_key_that_changes_between_pages_loses_nothing),
		TEST(filters_and_orders_go_together),
		TEST(a_serial_number_is_found_as_it_is),
		TEST(a_page_of_no_rows_says_how_many_there_are),
		TEST(requests_page_both_ways),
		TEST(a_large_page_backwards_is_cut_at_its_far_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
