// link: test/unit/component_fixture.o
/* The page of metrics, as it is read from a component in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem.h"
#include "component/metrics_accept.h"
#include "component/metrics_body.h"
#include "test/unit/component_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define D "device=\"mfp-1@example.com\",unit=\"acme\""

/* Reads on to the end, so many bytes at a time; the caller frees it. */
static char *read_rest(struct metrics_body *b, size_t piece)
{
	char *text = NULL, *buf = mem_alloc(piece);
	size_t len = 0;
	ssize_t n;

	while ((n = metrics_body_read(b, buf, piece)) >= 0) {
		text = mem_realloc(text, len + (size_t)n + 1);
		memcpy(text + len, buf, (size_t)n);
		len += (size_t)n;
		text[len] = '\0';
	}
	assert_int_equal(metrics_body_read(b, buf, piece), -1);
	free(buf);
	assert_non_null(text);
	return text;
}

static char *page_in(size_t piece, bool classic)
{
	struct metrics_body *b = metrics_body_new(&fixture, classic);
	char *text = read_rest(b, piece);

	metrics_body_free(b);
	return text;
}

static unsigned count(const char *text, const char *part)
{
	unsigned n = 0;

	for (; (text = strstr(text, part)) != NULL; text += strlen(part))
		n++;
	return n;
}

/* Whether a whole line of the page is this. */
static bool has_line(const char *page, const char *line)
{
	char *whole = mem_printf("\n%s\n", line);
	bool has = strstr(page, whole) != NULL;

	free(whole);
	return has;
}

static void assert_page(const char *const *lines, size_t n, bool there)
{
	char *page = page_in(16384, false);

	for (size_t i = 0; i < n; i++) {
		if (has_line(page, lines[i]) != there)
			fail_msg("%s: %s in:\n%s", lines[i], there ? "not" : "is", page);
	}
	free(page);
}

#define HAS(...) \
	assert_page((const char *[]){ __VA_ARGS__ }, \
	            sizeof (const char *[]){ __VA_ARGS__ } / sizeof(char *), true)

static void assert_none(const char *part)
{
	char *page = page_in(16384, false);

	if (strstr(page, part) != NULL)
		fail_msg("%s is in:\n%s", part, page);
	free(page);
}

/* The device's row holds this, as if it had been read from a file. */
static void put(const char *jid, enum device_column column, const char *text)
{
	struct record rec;

	device_record(&rec, jid, FIXTURE_WALL);
	record_text(&rec, column, text);
	device_apply(&fixture.devices, rec.values);
}

static void outcome(const char *data)
{
	char *text = mem_printf("<outcome xmlns='urn:platen:operation:1' status='done'>%s</outcome>",
	                        data);

	fixture_say(SUBMIT);
	fixture_answer("result", FROM_A, text);
	free(text);
}

#define MFP(part, inner) \
	"<" part " xmlns='urn:platen:mfp:1' taken='2026-01-02T11:59:58.25Z'>" inner "</" part ">"

static void a_device_without_figures_has_none(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	HAS("platen_device_info{" D ",model=\"M1\",serial=\"S1\"} 1",
	    "platen_device_online{" D "} 1",
	    "platen_device_state_change_timestamp_seconds{" D "} 1767355200.000",
	    "platen_devices 1");
	assert_none("platen_device_figures_timestamp_seconds{");
	assert_none("platen_device_supply_level{");
	assert_none("platen_device_supply_state{");
	assert_none("platen_device_counter_total{");
	fixture_pass(1500);
	fixture_say("<presence type='unavailable' " FROM_A "/>");
	HAS("platen_device_online{" D "} 0",
	    "platen_device_state_change_timestamp_seconds{" D "} 1767355201.500");
}

static void what_is_out_of_use_is_only_counted(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	put("mfp-2@example.com", DEV_UNIT, "acme");
	put("mfp-2@example.com", DEV_DECOMMISSIONED, "2026-01-01T00:00:00.000Z");
	put("mfp-2@example.com", DEV_FACTS + FACT_SERIAL, "S2");
	HAS("platen_devices 2", "platen_devices_decommissioned 1", "platen_device_online{" D "} 1");
	assert_none("mfp-2");
	put("mfp-2@example.com", DEV_DECOMMISSIONED, "");
	HAS("platen_devices 2", "platen_devices_decommissioned 0",
	    "platen_device_online{device=\"mfp-2@example.com\",unit=\"acme\"} 0");
}

static void what_a_device_says_is_escaped(void **state)
{
	(void)state;
	fixture_say("<presence " FROM_A "><device xmlns='urn:platen:device:1' name='a\"b\\c' "
	            "location='one&#10;two\\' host='' model='M&#252;&#x1F5A8;'/></presence>");
	HAS("platen_device_info{" D ",model=\"Mü🖨\",location=\"one\\ntwo\\\\\","
	    "name=\"a\\\"b\\\\c\"} 1");
}

static void only_what_is_known_of_a_supply_is_a_figure(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	outcome(MFP("supplies",
	            "<supply index='1.1' description='Black' type='toner' colorant='black' "
	            "unit='impressions' capacity='6000' level='15'/>"
	            "<supply index='1.2' unit='percent' capacity='-2' level='-3'/>"
	            "<supply index='1.3' capacity='100' level='-2'/>"
	            "<supply index='1.4' capacity='0' level='0'/>"
	            "<supply index='1.5' capacity='10' level='12'/>"));
	HAS("platen_device_figures_timestamp_seconds{" D "} 1767355200.000",
	    "platen_device_figures_taken_timestamp_seconds{" D "} 1767355198.250",
	    "platen_device_supply_ratio{" D ",index=\"1.1\",description=\"Black\",type=\"toner\","
	    "colorant=\"black\"} 0.00",
	    "platen_device_supply_level{" D ",index=\"1.1\",description=\"Black\",type=\"toner\","
	    "colorant=\"black\",counted=\"impressions\"} 15",
	    "platen_device_supply_capacity{" D ",index=\"1.3\"} 100",
	    "platen_device_supply_level{" D ",index=\"1.4\"} 0",
	    "platen_device_supply_ratio{" D ",index=\"1.5\"} 1.20",
	    "platen_device_supply_state{" D ",index=\"1.2\",platen_device_supply_state=\"other\"} 0",
	    "platen_device_supply_state{" D ",index=\"1.2\",platen_device_supply_state=\"unknown\"} 0",
	    "platen_device_supply_state{" D
	    ",index=\"1.2\",platen_device_supply_state=\"some-remaining\"} 1",
	    "platen_device_supply_state{" D ",index=\"1.3\",platen_device_supply_state=\"unknown\"} 1");
	assert_none("platen_device_supply_ratio{" D ",index=\"1.2\"");
	assert_none("platen_device_supply_ratio{" D ",index=\"1.3\"");
	assert_none("platen_device_supply_ratio{" D ",index=\"1.4\"");
	assert_none("platen_device_supply_level{" D ",index=\"1.2\"");
	assert_none("platen_device_supply_level{" D ",index=\"1.3\"");
	assert_none("platen_device_supply_capacity{" D ",index=\"1.2\"");
	assert_none("platen_device_supply_state{" D ",index=\"1.1\"");
	assert_none("platen_device_supply_state{" D ",index=\"1.4\"");
}

static void a_counter_of_64_bits_is_exact(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	outcome(MFP("counters",
	            "<counter name='most' index='1.1' value='9223372036854775807' unit='sheets'/>"
	            "<counter name='odd' value='9007199254740993'/><counter name='unknown'/>"));
	HAS("platen_device_counter_total{" D ",name=\"most\",index=\"1.1\",counted=\"sheets\"} "
	    "9223372036854775807",
	    "platen_device_counter_total{" D ",name=\"odd\"} 9007199254740993");
	assert_none("name=\"unknown\"");
}

/* One pair with the same labels, and Prometheus refuses the page. */
static void what_a_printer_lists_twice_is_there_once(void **state)
{
	char *page;

	(void)state;
	fixture_say(ARRIVE_A);
	outcome(MFP("supplies", "<supply index='1.1' type='toner' unit='percent' capacity='9' level='1'/>"
	                        "<supply index='1.1' type='ink' capacity='9' level='2'/>"
	                        "<supply index='1.1' type='toner' capacity='9' level='3'/>"));
	outcome(MFP("counters", "<counter name='a' value='1'/><counter name='a' unit='sheets' value='2'/>"
	                        "<counter name='a' value='3'/><counter name='b' value='4'/>"));
	page = page_in(16384, false);
	assert_int_equal(count(page, "platen_device_supply_level{"), 2);
	assert_int_equal(count(page, "platen_device_supply_ratio{"), 2);
	assert_int_equal(count(page, "platen_device_counter_total{"), 3);
	assert_int_equal(count(page, ",type=\"toner\",counted=\"percent\"} 1\n"), 1);
	free(page);
}

static void a_row_that_makes_no_sense_is_passed_over(void **state)
{
	static const char *const damaged[] = {
		"<supplies xmlns='urn:platen:mfp:1'><supply", "x", "<supplies xmlns='urn:platen:mfp:9'/>",
		"<supplies xmlns='urn:platen:mfp:1'><supply level='much'/></supplies>",
		"<counters xmlns='urn:platen:mfp:1'><counter name='n' value='7'/></counters>",
	};

	(void)state;
	fixture_say(ARRIVE_A);
	put("mfp-2@example.com", DEV_SUPPLIES, MFP("supplies", "<supply index='1.1' level='3'/>"));
	for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
		put("mfp-1@example.com", DEV_SUPPLIES, damaged[i]);
		assert_none("platen_device_supply_level{" D);
		assert_none("platen_device_counter_total{");
		HAS("platen_device_online{" D "} 1",
		    "platen_device_supply_level{device=\"mfp-2@example.com\",index=\"1.1\"} 3");
	}
}

static void requests_are_counted(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	HAS("platen_link_up 1", "platen_requests_accepted_total 1",
	    "platen_requests_open{status=\"transmitted\"} 1",
	    "platen_requests_ended_total{status=\"responded\"} 0");
	fixture_say(SUBMIT);      /* the window is one */
	HAS("platen_requests_open{status=\"queued\"} 1", "platen_stanzas_received_total 3");
	fixture_pass(1000);
	fixture_answer("result", FROM_A, "<outcome xmlns='urn:platen:operation:1' status='done'/>");
	fixture_pass(40);
	fixture_answer("result", FROM_A, "<outcome xmlns='urn:platen:operation:1' status='done'/>");
	HAS("platen_requests_open{status=\"queued\"} 0", "platen_requests_open{status=\"transmitted\"} 0",
	    "platen_requests_ended_total{status=\"responded\"} 2",
	    "platen_request_response_seconds_bucket{le=\"0.025\"} 0",
	    "platen_request_response_seconds_bucket{le=\"0.05\"} 1",
	    "platen_request_response_seconds_bucket{le=\"0.5\"} 1",
	    "platen_request_response_seconds_bucket{le=\"1.0\"} 2",
	    "platen_request_response_seconds_bucket{le=\"+Inf\"} 2",
	    "platen_request_response_seconds_sum 1.040", "platen_request_response_seconds_count 2");
	/* The same outcome again. */
	fixture_answer("result", FROM_A, "<outcome xmlns='urn:platen:operation:1' status='done'/>");
	HAS("platen_outcomes_dropped_total 1");
	fixture_online(false);
	HAS("platen_link_up 0", "platen_link_connects_total 1");
	fixture_online(true);
	HAS("platen_link_connects_total 2");
}

static void what_goes_to_disk_is_counted(void **state)
{
	char *page;

	(void)state;
	HAS("platen_store_rows_waiting 0", "platen_store_group_seconds_count 0");
	fixture_say(ARRIVE_A SUBMIT);
	HAS("platen_store_rows_waiting 0", "platen_store_groups_failed_total 0",
	    "platen_store_has_room 1");
	page = page_in(16384, false);
	assert_true(fixture.stats.groups.n[STATS_BUCKETS] < fixture.stats.groups_synced);
	assert_non_null(strstr(page, "\nplaten_store_group_seconds_bucket{le=\"0.0005\"} "));
	assert_null(strstr(page, "\nplaten_store_group_seconds_count 0\n"));
	free(page);
	stats_group(&fixture.stats, 10000001, false);
	HAS("platen_store_groups_failed_total 1");
	assert_int_equal(fixture.stats.groups.n[STATS_BUCKETS], 1);
}

static void what_wants_an_administrator_is_seen(void **state)
{
	(void)state;
	HAS("platen_devices_unassigned 0", "platen_units_good 1");
	fixture_say("<presence from='new-1@example.com/platen-a' to='devices.example.com'>"
	            "<device xmlns='urn:platen:device:1' serial='N1'/></presence>");
	fixture_units("[unit acme]\nnonsense\n");
	HAS("platen_devices_unassigned 1", "platen_units_good 0");
	fixture_units("[unit acme]\ndevices = *@example.com\noperator alice@example.com = view\n");
	HAS("platen_units_good 1", "platen_days_sealed_total 0", "platen_days_not_sealed_total 0");
}

static void an_end_without_an_answer_and_a_late_outcome_are_counted(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	fixture_say("<iq type='set' id='s1' " FROM_ALICE "><request xmlns='urn:platen:operation:1' "
	            "device='mfp-1@example.com' command='get-status' timeout='5' attempts='1'/></iq>");
	fixture_pass(5000);
	HAS("platen_requests_ended_total{status=\"no-response\"} 1", "platen_requests_late_total 0",
	    "platen_requests_open{status=\"transmitted\"} 0");
	fixture_answer("result", FROM_A, "<outcome xmlns='urn:platen:operation:1' status='done'/>");
	HAS("platen_requests_ended_total{status=\"no-response\"} 1",
	    "platen_requests_ended_total{status=\"responded\"} 1", "platen_requests_late_total 1",
	    "platen_request_response_seconds_count 0");
}

static void what_is_open_after_a_restart_is_counted(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	fixture_restart();
	HAS("platen_requests_open{status=\"queued\"} 1", "platen_requests_open{status=\"transmitted\"} 0",
	    "platen_requests_accepted_total 0", "platen_link_up 0");
}

static void refused_submits_are_counted_by_condition(void **state)
{
	(void)state;
	fixture_say(SUBMIT);
	fixture_say("<iq type='set' id='s2' " FROM_ALICE ">"
	            "<request xmlns='urn:platen:operation:1'/></iq>");
	fixture_say("<iq type='set' id='s3' from='bob@example.com/x' to='devices.example.com'"
	            SUBMIT_REST);
	fixture_say("<iq type='set' id='s4' from='eve@example.com/x' to='devices.example.com'"
	            SUBMIT_REST);
	fixture_say("<iq type='get' id='s5' " FROM_ALICE "><requests xmlns='urn:platen:operation:1' "
	            "colour='red'/></iq>");
	HAS("platen_requests_refused_total{condition=\"item-not-found\"} 2",
	    "platen_requests_refused_total{condition=\"bad-request\"} 1",
	    "platen_requests_refused_total{condition=\"forbidden\"} 1",
	    "platen_requests_accepted_total 0");
}

static const char *from_link(const char *page)
{
	const char *rest = strstr(page, "# TYPE platen_link_up");   /* before it: the process */

	assert_non_null(rest);
	return rest;
}

static void the_size_of_a_piece_does_not_matter(void **state)
{
	static const size_t sizes[] = { 1, 7, 100, 4096, 1 << 20 };
	char *whole, *page;

	(void)state;
	fixture_say(ARRIVE_A);
	outcome(MFP("supplies", "<supply index='1.1' capacity='100' level='40'/>"));
	put("mfp-2@example.com", DEV_ONLINE, "true");
	whole = page_in(16384, false);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		page = page_in(sizes[i], false);
		assert_string_equal(from_link(page), from_link(whole));
		free(page);
	}
	assert_string_equal(whole + strlen(whole) - 6, "# EOF\n");
	assert_int_equal(count(whole, "# EOF"), 1);
	free(whole);
}

/* Each family goes on behind the device that it has had. */
static void devices_may_come_while_the_page_is_read(void **state)
{
	struct metrics_body *b = metrics_body_new(&fixture, false);
	char byte, *read = NULL, *rest;
	size_t n = 0;

	(void)state;
	put("mfp-5@example.com", DEV_ONLINE, "true");
	put("mfp-7@example.com", DEV_ONLINE, "true");
	do {
		assert_int_equal(metrics_body_read(b, &byte, 1), 1);
		read = mem_realloc(read, n + 2);
		read[n++] = byte;
		read[n] = '\0';
	} while (strstr(read, "platen_device_online{device=\"mfp-5@") == NULL);
	free(read);
	for (unsigned i = 0; i < 200; i++) {
		char *jid = mem_printf("mfp-%u@example.com", i);

		put(jid, DEV_SUPPLIES, MFP("supplies", "<supply index='1' level='1'/>"));
		free(jid);
	}
	rest = read_rest(b, 64);
	assert_null(strstr(rest, "platen_device_online{device=\"mfp-1@"));
	assert_int_equal(count(rest, "platen_device_online{device=\"mfp-7@"), 1);
	assert_int_equal(count(rest, "platen_device_online{device=\"mfp-9@"), 1);
	assert_int_equal(count(rest, "platen_device_supply_level{"), 200);
	free(rest);
	metrics_body_free(b);
}

static void the_older_format_has_its_own_words(void **state)
{
	char *page;

	(void)state;
	fixture_say(ARRIVE_A);
	page = page_in(16384, true);
	assert_true(has_line(page, "# TYPE platen_device_info gauge"));
	assert_true(has_line(page, "# TYPE platen_stanzas_received_total counter"));
	assert_true(has_line(page, "# TYPE platen_device_supply_state gauge"));
	assert_true(has_line(page, "platen_device_info{" D ",model=\"M1\",serial=\"S1\"} 1"));
	assert_null(strstr(page, "# UNIT"));
	assert_null(strstr(page, "# EOF"));
	free(page);
}

static void a_client_gets_the_format_that_it_asks_for(void **state)
{
	static const struct { const char *accept; bool classic; } cases[] = {
		{ NULL, false }, { "", false }, { "*/*", false }, { "text/plain", true },
		{ "TEXT/Plain;version=0.0.4;q=1,*/*;q=0.1", true }, { "text/*", true },
		{ "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5", false },
		{ "application/openmetrics-text; q=0.2 , text/plain; q=0.8", true },
		{ "application/openmetrics-text,text/plain", false },
		{ "application/openmetrics-text;q=0,*/*", true }, { "application/*,text/plain;q=0.9", false },
		{ "text/html,application/xhtml+xml,*/*;q=0.8", false }, { "image/png", false },
		{ ",, ;q=1,text/plain;q=", false }, { "text/plainer", false }, { "text/plain;q=1", true },
		{ "text", false }, { "/", false }, { "*", false }, { "text/plain;charset=\"q=0\";q=0.5", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (metrics_accept_classic(cases[i].accept) != cases[i].classic)
			fail_msg("%s", cases[i].accept);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_device_without_figures_has_none),
		TEST(what_is_out_of_use_is_only_counted),
		TEST(what_a_device_says_is_escaped),
		TEST(only_what_is_known_of_a_supply_is_a_figure),
		TEST(a_counter_of_64_bits_is_exact),
		TEST(what_a_printer_lists_twice_is_there_once),
		TEST(a_row_that_makes_no_sense_is_passed_over),
		TEST(requests_are_counted),
		TEST(what_goes_to_disk_is_counted),
		TEST(what_wants_an_administrator_is_seen),
		TEST(an_end_without_an_answer_and_a_late_outcome_are_counted),
		TEST(what_is_open_after_a_restart_is_counted),
		TEST(refused_submits_are_counted_by_condition),
		TEST(the_size_of_a_piece_does_not_matter),
		TEST(devices_may_come_while_the_page_is_read),
		TEST(the_older_format_has_its_own_words),
		cmocka_unit_test(a_client_gets_the_format_that_it_asks_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
