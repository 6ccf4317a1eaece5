#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/mem.h"
#include "common/mfp.h"

static struct xml *parse(const char *text)
{
	struct xml *el = xml_parse(text, strlen(text), &xml_limits_payload, NULL);

	assert_non_null(el);
	return el;
}

static void read_ok(struct mfp *m, const char *text)
{
	struct xml *el = parse(text);
	char *why = NULL;

	if (!mfp_read(m, el, &why))
		fail_msg("refused: %s", why);
	assert_null(why);
	xml_free(el);
}

static void read_refused(const char *text, const char *expected)
{
	struct xml *el = parse(text);
	struct mfp m = { 0 };
	char *why = NULL;

	assert_false(mfp_read(&m, el, &why));
	assert_string_equal(why, expected);
	assert_int_equal(m.parts, 0);
	free(why);
	assert_false(mfp_read(&m, el, NULL));
	mfp_clear(&m);
	xml_free(el);
}

static void check_supply(int64_t capacity, int64_t level, int64_t percent, enum mfp_state state)
{
	struct mfp_supply s = { 0 };

	mfp_supply_set(&s, capacity, level);
	assert_int_equal(s.capacity.known, capacity >= 0);
	assert_int_equal(s.level.known, level >= 0);
	assert_int_equal(s.percent.known, percent >= 0);
	if (percent >= 0)
		assert_int_equal(s.percent.value, percent);
	assert_int_equal(s.state, state);
}

static void test_percent_is_rounded_half_up(void **state)
{
	(void)state;
	check_supply(100, 40, 40, MFP_STATE_NONE);
	check_supply(200, 1, 1, MFP_STATE_NONE);
	check_supply(201, 1, 0, MFP_STATE_NONE);
	check_supply(12000, 11501, 96, MFP_STATE_NONE);
	check_supply(3, 2, 67, MFP_STATE_NONE);
	check_supply(100, 0, 0, MFP_STATE_NONE);
	check_supply(100, 150, 150, MFP_STATE_NONE);
	check_supply(INT64_MAX, INT64_MAX, 100, MFP_STATE_NONE);
	check_supply(1, INT64_MAX, -1, MFP_STATE_NONE);
}

static void test_negative_figures_become_states(void **state)
{
	(void)state;
	check_supply(0, 5, -1, MFP_STATE_NONE);
	check_supply(-2, 5, -1, MFP_STATE_NONE);
	check_supply(100, -1, -1, MFP_STATE_OTHER);
	check_supply(100, -2, -1, MFP_STATE_UNKNOWN);
	check_supply(-2, -3, -1, MFP_STATE_SOME_REMAINING);
	check_supply(100, INT64_MIN, -1, MFP_STATE_UNKNOWN);
}

static void test_supplies_are_read(void **state)
{
	struct mfp m = { 0 };

	(void)state;
	read_ok(&m, "<supplies xmlns='urn:platen:mfp:1' source='snmp' taken='2026-01-02T03:04:05.678Z'"
	        " new='x'><supply index='1.1' description='Black Toner' class='supplyThatIsConsumed'"
	        " type='toner' colorant='black' unit='percent' capacity='100' level='40' percent='99'/>"
	        "<supply index='1.4' description='' capacity='-2' level='-3'/><other/>"
	        "<supply index='1.5' state='other'/><supply index='1.6'/></supplies>");
	assert_int_equal(m.parts, MFP_SUPPLIES);
	assert_string_equal(m.source, "snmp");
	assert_int_equal(m.taken, 1767323045678);
	assert_int_equal(m.n_supplies, 4);
	assert_string_equal(m.supplies[0].class_, "supplyThatIsConsumed");
	assert_int_equal(m.supplies[0].percent.value, 40);
	assert_null(m.supplies[1].description);
	assert_false(m.supplies[1].level.known || m.supplies[1].capacity.known);
	assert_int_equal(m.supplies[1].state, MFP_STATE_SOME_REMAINING);
	assert_int_equal(m.supplies[2].state, MFP_STATE_OTHER);
	assert_int_equal(m.supplies[3].state, MFP_STATE_NONE);
	mfp_clear(&m);
}

static void test_reading_replaces_one_part(void **state)
{
	struct mfp m = { 0 };

	(void)state;
	read_ok(&m, "<counters xmlns='urn:platen:mfp:1'><counter name='a' value='1'/></counters>");
	read_ok(&m, "<information xmlns='urn:platen:mfp:1' source='file' serial='W1'/>");
	read_ok(&m, "<counters xmlns='urn:platen:mfp:1'><counter name='b'/></counters>");
	assert_int_equal(m.parts, MFP_COUNTERS | MFP_INFORMATION);
	assert_int_equal(m.n_counters, 1);
	assert_string_equal(m.counters[0].name, "b");
	assert_false(m.counters[0].value.known);
	assert_string_equal(m.facts[2], "W1");
	assert_null(m.source);
	mfp_clear(&m);
}

static void check_same(const char *text, enum mfp_part part)
{
	struct xml_writer w = { 0 };
	struct mfp m = { 0 };
	char *written;

	read_ok(&m, text);
	mfp_write(&m, part, &w);
	written = xml_take(&w, NULL);
	assert_string_equal(written, text);
	free(written);
	mfp_clear(&m);
}

static void test_what_is_written_reads_back(void **state)
{
	(void)state;
	check_same("<supplies xmlns='urn:platen:mfp:1' source='snmp' taken='2026-01-02T03:04:05.678Z'>"
	           "<supply index='1.1' description='Toner &lt;K&gt;' class='supplyThatIsConsumed'"
	           " type='toner' colorant='black' unit='percent' capacity='200' level='1' percent='1'/>"
	           "<supply index='1.4' unit='percent' state='some-remaining'/></supplies>",
	           MFP_SUPPLIES);
	check_same("<counters xmlns='urn:platen:mfp:1'><counter name='marker-life-count' index='1.1'"
	           " value='9223372036854775807' unit='sheets'/></counters>", MFP_COUNTERS);
	check_same("<status xmlns='urn:platen:mfp:1' state='idle' power_on_s='86400'"
	           " power_on_source='sysUpTime' operation_s='4000' operation_source='hours'>"
	           "<error>lowToner</error><alert index='1.3' severity='warning'"
	           " group='markerSupplies' code='markerTonerAlmostEmpty'>Toner low</alert>"
	           "<console>Ready</console><console/></status>", MFP_STATUS);
	check_same("<information xmlns='urn:platen:mfp:1' manufacturer='Ricoh' model='MP' serial='1'"
	           " firmware='2' location='3' mac='4' name='5' address='6' host='7'/>",
	           MFP_INFORMATION);
}

static void test_what_is_no_figure_is_refused(void **state)
{
	(void)state;
#define SUPPLY(attrs) "<supplies xmlns='urn:platen:mfp:1'><supply " attrs "/></supplies>"
#define COUNTER(attrs) "<counters xmlns='urn:platen:mfp:1'><counter " attrs "/></counters>"
	read_refused(SUPPLY("index='1' level='4.5'"), "level of <supply/> is no whole number: '4.5'");
	read_refused(SUPPLY("index='1' level='-4'"), "level of <supply/> is below -3: '-4'");
	read_refused(SUPPLY("index='1' capacity='+1'"),
	             "capacity of <supply/> is no whole number: '+1'");
	read_refused(SUPPLY("index='1' capacity=' 1'"),
	             "capacity of <supply/> is no whole number: ' 1'");
	read_refused(SUPPLY("index='1' state='full'"),
	             "state of <supply/> is not other, unknown or some-remaining: 'full'");
	read_refused(SUPPLY("index='1' type='two words'"),
	             "type of <supply/> is no word of at most 64 bytes");
	read_refused(COUNTER("name='a' value='9223372036854775808'"),
	             "value of <counter/> is no whole number: '9223372036854775808'");
	read_refused(COUNTER("name='a' value='-1'"), "value of <counter/> is below 0: '-1'");
	read_refused(COUNTER("value='1'"), "name of <counter/> is missing");
	read_refused("<status xmlns='urn:platen:mfp:1' power_on_s='x'/>",
	             "power_on_s of <status/> is no whole number: 'x'");
	read_refused("<status xmlns='urn:platen:mfp:1'><error>a b</error></status>",
	             "text of <error/> is no word of at most 64 bytes");
	read_refused("<status xmlns='urn:platen:mfp:1' taken='today'/>",
	             "taken of <status/> is no time: 'today'");
	read_refused("<supplies xmlns='urn:other'/>",
	             "no counters, supplies, status or information of urn:platen:mfp:1");
}

/* <name xmlns>, n times item, </name> */
static char *repeated(const char *name, const char *item, size_t n)
{
	char *text = mem_alloc(100 + n * strlen(item)), *end = text;

	end += sprintf(end, "<%s xmlns='urn:platen:mfp:1'>", name);
	for (size_t i = 0; i < n; i++)
		end = stpcpy(end, item);
	sprintf(end, "</%s>", name);
	return text;
}

static void check_bound(const char *name, const char *item, size_t max, const char *why)
{
	char *most = repeated(name, item, max), *more = repeated(name, item, max + 1);
	struct mfp m = { 0 };

	read_ok(&m, most);
	read_refused(more, why);
	mfp_clear(&m);
	free(most);
	free(more);
}

static void test_counts_and_lengths_are_bounded(void **state)
{
	char *line = mem_zero(1, 1026), *text;
	struct mfp m = { 0 };

	(void)state;
	check_bound("supplies", "<supply index='1'/>", 256, "more than 256 <supply/>");
	check_bound("counters", "<counter name='1'/>", 256, "more than 256 <counter/>");
	check_bound("status", "<alert/>", 256, "more than 256 <alert/>");
	check_bound("status", "<console/>", 64, "more than 64 <console/>");
	check_bound("status", "<error>e</error>", 64, "more than 64 <error/>");
	memset(line, 'a', 1025);
	text = mem_printf("<status xmlns='urn:platen:mfp:1'><console>%s</console></status>", line);
	read_refused(text, "text of <console/> is longer than 1024 bytes");
	free(text);
	text = mem_printf("<information xmlns='urn:platen:mfp:1' model='%s'/>", line);
	read_refused(text, "model of <information/> is longer than 1024 bytes");
	free(text);
	line[1024] = '\0';
	text = mem_printf("<information xmlns='urn:platen:mfp:1' model='%s'/>", line);
	read_ok(&m, text);
	assert_string_equal(m.facts[1], line);
	mfp_clear(&m);
	free(text);
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_percent_is_rounded_half_up),
		cmocka_unit_test(test_negative_figures_become_states),
		cmocka_unit_test(test_supplies_are_read),
		cmocka_unit_test(test_reading_replaces_one_part),
		cmocka_unit_test(test_what_is_written_reads_back),
		cmocka_unit_test(test_what_is_no_figure_is_refused),
		cmocka_unit_test(test_counts_and_lengths_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
