// link: device/source_snmp.o device/source.o device/watch.o device/agent.o
// link: device/agent_account.o device/walk.o device/reset.o device/mib.o device/mib_mfp.o
// link: device/mib_labels.o device/vendor.o device/mib_vendor.o
// link: device/records.o test/unit/printer_fixture.o
/* What real printers were seen to say, in recordings of our own, over v1 and v2c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/mem.h"
#include "test/unit/printer_fixture.h"

#define NS " xmlns='urn:platen:mfp:1'"

static struct printer start(const char *name)
{
	char *path = mem_printf("test/data/%s.snmprec", name);
	struct printer p = printer_start("test/e2e/odd_agent.py", path);

	free(path);
	return p;
}

/* The same by both versions. */
static void check_with(const struct printer *p, const struct vendor *vendor, enum mfp_part part,
                       const char *expected)
{
	static const enum agent_version versions[] = { AGENT_V1, AGENT_V2C };

	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
		struct agent_options options = printer_options(p->address, "good");
		void *state;
		char *text;

		options.version = versions[i];
		state = source_snmp_new(&options, vendor);
		text = printer_text(state, part);
		assert_string_equal(text, expected);
		free(text);
		source_snmp_kind.free(state);
	}
}

static void check(const struct printer *p, enum mfp_part part, const char *expected)
{
	static const struct vendor none;

	check_with(p, &none, part, expected);
}

static void test_gaps_and_missing_columns(void **state)
{
	struct printer p = start("gaps");

	(void)state;
	check(&p, MFP_SUPPLIES,
	      "<supplies" NS "><supply index='1.1' description='Toner (Cyan)' type='toner'"
	      " capacity='100' level='76' percent='76'/>"
	      "<supply index='1.2' description='Toner (Black)' type='toner' capacity='100' level='0'"
	      " percent='0'/>"
	      "<supply index='1.13' description='Waste Toner Box' type='wasteToner'"
	      " state='some-remaining'/></supplies>");
	check(&p, MFP_STATUS, "<status" NS " state='warning'><error>serviceRequested</error></status>");
	check(&p, MFP_COUNTERS,
	      "<counters" NS "><counter name='marker-life-count' index='1.1' value='33810'/>"
	      "<counter name='marker-power-on-count' index='1.1' value='46'/></counters>");
	printer_stop(&p);
}

static void test_counters_of_a_vendor_stand_beside_the_mib_s(void **state)
{
	struct printer p = start("gaps");
	struct vendor v = { 0 };

	(void)state;
	assert_int_equal(vendor_read(&v, "device/vendor/konica-minolta.conf", stderr), 0);
	check_with(&p, &v, MFP_COUNTERS,
	           "<counters" NS "><counter name='marker-life-count' index='1.1' value='33810'/>"
	           "<counter name='marker-power-on-count' index='1.1' value='46'/>"
	           "<counter name='total' value='33803' unit='impressions'/>"
	           "<counter name='copy-mono' value='3672' unit='impressions'/>"
	           "<counter name='print-mono' value='22876' unit='impressions'/>"
	           "<counter name='copy-color' value='544' unit='impressions'/>"
	           "<counter name='print-color' value='6711' unit='impressions'/>"
	           "<counter name='scan' value='5653' unit='impressions'/>"
	           "<counter name='duplex' value='7357' unit='sheets'/></counters>");
	vendor_clear(&v);
	printer_stop(&p);
}

#define COUNTER(name, value) "<counter name='" name "' value='" value "' unit='impressions'/>"

/* By a row's type, whatever its index; what the printer does not have is left out. */
static void test_rows_of_a_vendor_s_table(void **state)
{
	struct printer p = start("table");
	struct vendor v = { 0 };

	(void)state;
	assert_int_equal(vendor_read(&v, "device/vendor/ricoh.conf", stderr), 0);
	assert_null(vendor_pair(&v, 1, "counter none", "oid", "1.3.6.1.4.1.367.3.2.1.2.19.5.1.9"));
	assert_null(vendor_pair(&v, 1, "counter none", "row", "1.3.6.1.4.1.367.3.2.1.2.19.5.1.2 9"));
	assert_null(vendor_pair(&v, 1, "counter text", "oid", "1.3.6.1.4.1.367.3.2.1.2.19.5.1.5"));
	assert_null(vendor_pair(&v, 1, "counter text", "row", "1.3.6.1.4.1.367.3.2.1.2.19.5.1.2 10"));
	check_with(&p, &v, MFP_COUNTERS,
	           "<counters" NS "><counter name='marker-life-count' index='1.1' value='50210'"
	           " unit='sheets'/>" COUNTER("total", "50210") COUNTER("print", "42080")
	           COUNTER("fax", "12") COUNTER("copy", "8118") COUNTER("copy-mono", "6904")
	           COUNTER("copy-two-color", "11") COUNTER("copy-color", "1203")
	           COUNTER("print-mono", "30001") COUNTER("print-two-color", "2")
	           COUNTER("print-color", "12077") "</counters>");
	vendor_clear(&v);
	printer_stop(&p);
}

static void test_records_of_a_vendor_s_string(void **state)
{
	struct printer p = start("records");
	struct vendor v = { 0 };

	(void)state;
	assert_int_equal(vendor_read(&v, "device/vendor/brother.conf", stderr), 0);
	assert_null(vendor_pair(&v, 1, "counter none", "oid", "1.3.6.1.4.1.2435.2.3.9.4.2.1.5.5.10.0"));
	assert_null(vendor_pair(&v, 1, "counter none", "record", "0x07"));
	assert_null(vendor_pair(&v, 1, "counter number", "oid", "1.3.6.1.2.1.43.10.2.1.4.1.1"));
	assert_null(vendor_pair(&v, 1, "counter number", "record", "0x01"));
	check_with(&p, &v, MFP_COUNTERS,
	           "<counters" NS "><counter name='marker-life-count' index='1.1' value='9120'"
	           " unit='impressions'/>" COUNTER("total", "9120") COUNTER("mono", "3970")
	           COUNTER("color", "5150") COUNTER("duplex", "254") COUNTER("images", "24570")
	           COUNTER("images-black", "9120") COUNTER("images-cyan", "5150")
	           COUNTER("images-magenta", "5151") COUNTER("images-yellow", "5149")
	           "</counters>");
	vendor_clear(&v);
	printer_stop(&p);
}

static void set(struct vendor *v, const char *name, const char *oid, const char *unit,
                const char *figure)
{
	char *section = mem_printf("counter %s", name);

	assert_null(vendor_pair(v, 1, section, "oid", oid));
	assert_null(vendor_pair(v, 1, section, "unit", unit));
	assert_null(vendor_pair(v, 1, section, "figure", figure));
	free(section);
}

/* What is not there, or no number, takes nothing else with it. */
static void test_times_of_a_vendor(void **state)
{
	struct printer p = start("gaps");
	struct vendor v = { 0 };

	(void)state;
	set(&v, "on", "1.3.6.1.4.1.18334.1.9.0", "hundredths", "power-on");
	set(&v, "worked", "1.3.6.1.4.1.18334.1.10.0", "hours", "operation");
	set(&v, "missing", "1.3.6.1.4.1.18334.1.12.0", "sheets", "counter");
	set(&v, "text", "1.3.6.1.4.1.18334.1.11.0", "sheets", "counter");
	check_with(&p, &v, MFP_STATUS,
	           "<status" NS " state='warning' power_on_s='3600'"
	           " power_on_source='on' operation_s='43200' operation_source='worked'>"
	           "<error>serviceRequested</error></status>");
	check_with(&p, &v, MFP_COUNTERS,
	           "<counters" NS "><counter name='marker-life-count' index='1.1' value='33810'/>"
	           "<counter name='marker-power-on-count' index='1.1' value='46'/></counters>");
	vendor_clear(&v);
	printer_stop(&p);
}

static void test_a_printer_that_says_little(void **state)
{
	struct printer p = start("sparse");
	char *expected;

	(void)state;
	check(&p, MFP_SUPPLIES,
	      "<supplies" NS "><supply index='1.1' description='Black cartridge of a name that is"
	      " longer than the sixty-three characters of the MIB' capacity='100' level='1'"
	      " percent='1'/>"
	      "<supply index='1.2' description='Cyan' capacity='45000' level='22500' percent='50'/>"
	      "<supply index='1.3' description='Drum' capacity='12000' level='11501' percent='96'/>"
	      "</supplies>");
	check(&p, MFP_STATUS, "<status" NS " state='idle'/>");
	expected = mem_printf("not-supported: %s has no prtMarkerTable", p.address);
	check(&p, MFP_COUNTERS, expected);
	free(expected);
	printer_stop(&p);
}

#define SUPPLY(index, description, type) \
	"<supply index='1." index "' description='" description "' class='supplyThatIsConsumed'" \
	" type='" type "'"

static void test_all_states_and_units(void **state)
{
	struct printer p = start("mixed");

	(void)state;
	check(&p, MFP_SUPPLIES, "<supplies" NS ">"
	      SUPPLY("1", "Matte Black", "ink") " colorant='matte black' unit='tenthsOfMilliliters'"
	      " capacity='3000' level='2250' percent='75'/>"
	      SUPPLY("2", "Toner", "tonerCartridge") " colorant='cyan' unit='impressions'"
	      " capacity='30000' level='149' percent='0'/>"
	      SUPPLY("3", "Drum", "opc") " colorant='cyan' unit='impressions'"
	      " capacity='80000' level='400' percent='1'/>"
	      SUPPLY("4", "Fuser", "fuser") " unit='impressions' capacity='100000' state='unknown'/>"
	      SUPPLY("5", "Belt", "transferUnit") " unit='percent' capacity='100' state='other'/>"
	      "<supply index='1.6' description='Waste' class='receptacleThatIsFilled'"
	      " type='wasteInk' unit='percent' state='some-remaining'/>"
	      "<supply index='1.7' description='Thing' class='other' type='99' unit='unknown'"
	      " capacity='0' level='5'/></supplies>");
	check(&p, MFP_STATUS,
	      "<status" NS " state='down' power_on_s='123456' power_on_source='hrSystemUptime'>"
	      "<error>lowPaper</error><error>noPaper</error><error>serviceRequested</error>"
	      "<error>overduePreventMaint</error>"
	      "<alert index='1.1' severity='critical' group='input' code='inputMediaSupplyEmpty'>"
	      "Tray 1 empty</alert><alert index='1.4' severity='warning' group='99' code='12345'/>"
	      "<console>Bereit \xef\xbf\xbd</console><console>\xef\xbf\xbd[31mRed</console></status>");
	check(&p, MFP_INFORMATION,
	      "<information" NS " model='Generic 28C-1' serial='SN123' address='127.0.0.1'/>");
	printer_stop(&p);
}

/* SNMPv1 has no Counter64 (RFC 1155): there a proxy leaves it out. */
static void test_a_counter_of_64_bits(void **state)
{
	struct printer p = start("mixed");
	struct agent_options options = printer_options(p.address, "good");
	char *text = printer_text_by(&options, MFP_COUNTERS);

	(void)state;
	assert_string_equal(text, "<counters" NS "><counter name='marker-life-count' index='1.1'"
	                          " value='5000000000' unit='impressions'/></counters>");
	free(text);
	printer_stop(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gaps_and_missing_columns),
		cmocka_unit_test(test_counters_of_a_vendor_stand_beside_the_mib_s),
		cmocka_unit_test(test_rows_of_a_vendor_s_table),
		cmocka_unit_test(test_records_of_a_vendor_s_string),
		cmocka_unit_test(test_times_of_a_vendor),
		cmocka_unit_test(test_a_printer_that_says_little),
		cmocka_unit_test(test_all_states_and_units),
		cmocka_unit_test(test_a_counter_of_64_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
