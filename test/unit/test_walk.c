// link: device/source_snmp.o device/source.o device/watch.o device/agent.o
// link: device/agent_account.o device/walk.o device/reset.o device/mib.o device/mib_mfp.o
// link: device/mib_labels.o device/vendor.o device/mib_vendor.o
// link: device/records.o test/unit/printer_fixture.o
/* Printers that answer badly: test/e2e/odd_agent.py, whose oddities have the names of
 * its communities. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/mem.h"
#include "test/unit/printer_fixture.h"

static struct printer printer;
static const struct vendor none;

static int set_up(void **state)
{
	(void)state;
	printer = printer_start("test/e2e/odd_agent.py", "test/data/printer.snmprec");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	printer_stop(&printer);
	return 0;
}

/* Nothing that can be taken for an answer comes. */
static bool is_waited_for(const char *oddity)
{
	static const char *const silent[] = { "any_half", "any_garbage", "any_port" };
	size_t i = 0, n = sizeof silent / sizeof *silent;

	while (i < n && strcmp(silent[i], oddity) != 0)
		i++;
	return i < n;
}

static char *text_of(const char *oddity, enum agent_version version, enum mfp_part part)
{
	struct agent_options options = printer_options(printer.address, oddity);

	options.version = version;
	if (is_waited_for(oddity))
		options.timeout_ms = PRINTER_TIMEOUT_MS;
	return printer_text_by(&options, part);
}

static void check_same(const char *oddity, enum agent_version version)
{
	static const enum mfp_part parts[] = { MFP_COUNTERS, MFP_SUPPLIES, MFP_STATUS,
	                                       MFP_INFORMATION };

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		char *good = text_of("good", AGENT_V2C, parts[i]);
		char *text = text_of(oddity, version, parts[i]);

		assert_int_equal(*good, '<');
		if (strcmp(text, good) != 0)
			fail_msg("%s: %s, not %s", oddity, text, good);
		free(text);
		free(good);
	}
}

static void test_bad_getbulk_gives_the_same_by_getnext(void **state)
{
	static const char *const oddities[] = {
		"bulk_error", "bulk_backwards", "bulk_more", "bulk_fewer", "bulk_nothing", "bulk_end",
		"bulk_middle", "bulk_missing", "any_small"
	};

	(void)state;
	for (size_t i = 0; i < sizeof oddities / sizeof *oddities; i++)
		check_same(oddities[i], AGENT_V2C);
}

/* The wait for what never comes is paid once, by the first read. */
static void check_remembered(const char *oddity)
{
	struct agent_options options = printer_options(printer.address, oddity);
	int64_t begun = clock_mono_ms(), first_ms;
	char *first, *second;
	void *source;

	options.timeout_ms = 1500;
	source = source_snmp_new(&options, &none);
	first = printer_text(source, MFP_SUPPLIES);
	first_ms = clock_mono_ms() - begun;
	second = printer_text(source, MFP_SUPPLIES);
	assert_true(clock_mono_ms() - begun - first_ms < first_ms);
	assert_int_equal(*first, '<');
	assert_string_equal(first, second);
	free(first);
	free(second);
	source_snmp_kind.free(source);
}

static void test_silence_to_getbulk_is_remembered(void **state)
{
	(void)state;
	check_remembered("bulk_silent");
	check_remembered("bulk_truncated");
}

static void test_v1_is_narrowed_down(void **state)
{
	(void)state;
	check_same("good", AGENT_V1);
	check_same("any_pointless", AGENT_V1);
	check_same("any_small", AGENT_V1);
}

/* A GET of values of which one is not there fails whole, and does not say which. */
static void test_a_v1_get_is_narrowed_down(void **state)
{
	struct agent_options options = printer_options(printer.address, "any_pointless");
	static const char *const oids[] = { "1.3.6.1.4.1.1.0", "1.3.6.1.2.1.43.10.2.1.4.1.1",
	                                    "1.3.6.1.4.1.2.0", "1.3.6.1.2.1.43.10.2.1.5.1.1" };
	struct vendor v = { 0 };
	void *source;
	char *text;

	(void)state;
	options.version = AGENT_V1;
	for (size_t i = 0; i < sizeof oids / sizeof *oids; i++) {
		char *section = mem_printf("counter c%zu", i);

		assert_null(vendor_pair(&v, 1, section, "oid", oids[i]));
		free(section);
	}
	source = source_snmp_new(&options, &v);
	vendor_clear(&v);
	text = printer_text(source, MFP_COUNTERS);
	assert_null(strstr(text, "'c0'"));
	assert_non_null(strstr(text, "<counter name='c1' value='271871'/>"));
	assert_null(strstr(text, "'c2'"));
	assert_non_null(strstr(text, "<counter name='c3' value='138'/>"));
	free(text);
	source_snmp_kind.free(source);
}

static void check_failure(const char *oddity, enum agent_version version, const char *condition,
                          const char *end)
{
	char *expected = mem_printf("%s: %s%s", condition, printer.address, end);
	char *text = text_of(oddity, version, MFP_SUPPLIES);

	assert_string_equal(text, expected);
	free(text);
	free(expected);
	/* And the next one is read. */
	check_same("good", version);
}

static void test_what_is_no_answer_fails_with_the_reason(void **state)
{
	(void)state;
	check_failure("any_half", AGENT_V2C, "printer-error", " answers what is no SNMP");
	check_failure("any_garbage", AGENT_V1, "printer-error", " answers what is no SNMP");
	check_failure("any_port", AGENT_V2C, "printer-timeout", " did not answer within 400 ms");
	check_failure("any_broken", AGENT_V2C, "printer-error",
	              " answers with (genError) A general failure occured");
	check_failure("any_backwards", AGENT_V2C, "printer-error",
	              " answers with object identifiers that do not increase");
	check_failure("any_nothing", AGENT_V2C, "printer-error", " answers with no variables");
}

/* An answer behind its time is not taken for that of the next question. */
static void test_a_late_answer_is_dropped(void **state)
{
	struct agent_options options = printer_options(printer.address, "any_late");
	char *text, *expected;
	void *source;

	(void)state;
	options.timeout_ms = PRINTER_TIMEOUT_MS;
	source = source_snmp_new(&options, &none);
	text = printer_text(source, MFP_SUPPLIES);
	expected = mem_printf("printer-timeout: %s did not answer within 400 ms", printer.address);
	assert_string_equal(text, expected);
	free(text);
	text = printer_text(source, MFP_SUPPLIES);
	assert_string_equal(text, expected);
	free(text);
	free(expected);
	source_snmp_kind.free(source);
	options.timeout_ms = PRINTER_PATIENCE_MS;
	text = printer_text_by(&options, MFP_COUNTERS);
	assert_int_equal(*text, '<');
	free(text);
}

static void test_tables_without_end_are_cut(void **state)
{
	char *text = text_of("any_endless", AGENT_V2C, MFP_SUPPLIES);

	(void)state;
	assert_non_null(strstr(text, "index='1.256'"));
	assert_null(strstr(text, "index='1.257'"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_getbulk_gives_the_same_by_getnext),
		cmocka_unit_test(test_silence_to_getbulk_is_remembered),
		cmocka_unit_test(test_v1_is_narrowed_down),
		cmocka_unit_test(test_a_v1_get_is_narrowed_down),
		cmocka_unit_test(test_what_is_no_answer_fails_with_the_reason),
		cmocka_unit_test(test_a_late_answer_is_dropped),
		cmocka_unit_test(test_tables_without_end_are_cut),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
