// link: operator/csv.o operator/row.o operator/print_mfp.o operator/text.o operator/grid.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "operator/csv.h"

static char *printed;
static size_t printed_len;

static FILE *begin(void)
{
	free(printed);
	return open_memstream(&printed, &printed_len);
}

static void check_cell(const char *text, const char *expected)
{
	FILE *out = begin();

	csv_text(out, text, true);
	fclose(out);
	assert_string_equal(printed, expected);
}

static void cells_are_quoted_where_they_must(void **state)
{
	(void)state;
	check_cell(NULL, "");
	check_cell("", "");
	check_cell("plain text", "plain text");
	check_cell("a,b", "\"a,b\"");
	check_cell("a;b", "\"a;b\"");
	check_cell("19\" rack", "\"19\"\" rack\"");
	check_cell("\"", "\"\"\"\"");
	check_cell(" a", "\" a\"");
	check_cell("a ", "\"a \"");
	check_cell("caf\xc3\xa9", "caf\xc3\xa9");
}

static void nothing_is_a_formula(void **state)
{
	(void)state;
	check_cell("=1+1", "'=1+1");
	check_cell("+49 30", "'+49 30");
	check_cell("-2", "'-2");
	check_cell("@SUM(A1)", "'@SUM(A1)");
	check_cell("\t=1", "' =1");
	check_cell("\r=1", "' =1");
	check_cell("\n=1", "' =1");
	check_cell("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
	check_cell("a=1", "a=1");
	check_cell("'=1", "'=1");
	check_cell("a=-+@1", "a=-+@1");
	check_cell(" =1", "' =1");
}

/* Where a spreadsheet parts at semicolons the quotes are none. */
static void nothing_is_a_formula_behind_a_semicolon(void **state)
{
	(void)state;
	check_cell("x;=1", "\"x;'=1\"");
	check_cell("x; \t -2+3", "\"x;'  ' -2+3\"");
	check_cell("x;;+1;@2", "\"x;;'+1;'@2\"");
	check_cell("x;\"=1\"", "\"x;'\"\"=1\"\"\"");
	check_cell("x\t=1", "x '=1");
	check_cell("x;y=1; z", "\"x;y=1; z\"");
	check_cell("x;", "\"x;\"");
}

static void full_width_signs_begin_formulas(void **state)
{
	static const char *const signs[] = { "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
	                                     "\xef\xbc\xa0" };
	char cell[32], expected[32];

	(void)state;
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		snprintf(cell, sizeof cell, "%s1", signs[i]);
		snprintf(expected, sizeof expected, "'%s1", signs[i]);
		check_cell(cell, expected);
		snprintf(cell, sizeof cell, "x;%s1", signs[i]);
		snprintf(expected, sizeof expected, "\"x;'%s1\"", signs[i]);
		check_cell(cell, expected);
	}
	check_cell("\xef\xbc\x91", "\xef\xbc\x91");
}

static void control_characters_do_not_get_through(void **state)
{
	(void)state;
	check_cell("a\x1b[2J", "a?[2J");
	check_cell("a\r\nb\tc", "a  b c");
	check_cell("a\xe2\x80\xae" "b\xc2\x9b" "c\xff", "a?b?c?");
	check_cell("\x01=1", "?=1");
}

static unsigned cells(const char *line)
{
	unsigned n = 1;

	for (; *line != '\r'; line++)
		n += *line == ',';
	return n;
}

/* The printed head and row; as many cells in both, and nothing else. */
static void check_lines(const char *row)
{
	char *second = strstr(printed, "\r\n");

	assert_non_null(second);
	second += 2;
	assert_string_equal(second, row);
	assert_int_equal(cells(printed), cells(second));
	assert_string_equal(second + strlen(second) - 2, "\r\n");
}

static struct xml *parse(const char *text)
{
	struct xml *el = xml_parse(text, strlen(text), &xml_limits_stanza, NULL);

	assert_non_null(el);
	return el;
}

static void print_request(const char *text)
{
	struct xml *el = parse(text);
	struct row_request r;
	FILE *out = begin();

	row_request_read(&r, el);
	csv_request_head(out);
	csv_request(out, &r);
	fclose(out);
	row_request_clear(&r);
	xml_free(el);
}

static void print_device(const char *text)
{
	struct xml *el = parse(text);
	struct row_device d;
	FILE *out = begin();

	row_device_read(&d, el);
	csv_device_head(out);
	csv_device(out, &d);
	fclose(out);
	row_device_clear(&d);
	xml_free(el);
}

static void a_request_is_a_row(void **state)
{
	(void)state;
	print_request("<request xmlns='urn:platen:operation:1' id='0199' device='mfp-1@x' "
	              "command='get-status' operator='a@x' unit='=acme' status='failed' "
	              "cause='outcome' created='2026-01-02T03:04:05.678Z' response_ms='41' attempts='2'>"
	              "<error condition='printer-timeout'>no answer: 5 s</error></request>");
	check_lines("0199,mfp-1@x,,get-status,a@x,'=acme,failed,outcome,2026-01-02T03:04:05.678Z,"
	            ",,,41,2,,false,printer-timeout,no answer: 5 s\r\n");
	print_request("<request xmlns='urn:platen:operation:1'/>");
	check_lines(",,,,,,,,,,,,,,,false,,\r\n");
}

static void a_device_is_a_row(void **state)
{
	(void)state;
	print_device("<device xmlns='urn:platen:device:1' device='mfp-1@x' unit='acme' online='true' "
	             "since='2026-01-02T03:04:05.678Z' model='MP C3002' location='-1st floor'>"
	             "<supplies xmlns='urn:platen:mfp:1'><supply index='1.1' description='Black' "
	             "capacity='100' level='40'/><supply index='1.2' description='@Cyan' "
	             "capacity='100' level='5'/></supplies><counters xmlns='urn:platen:mfp:1'>"
	             "<counter name='marker-life-count' value='271871'/></counters></device>");
	check_lines("mfp-1@x,,acme,true,2026-01-02T03:04:05.678Z,,MP C3002,,,'-1st floor,,,,,"
	            "'@Cyan,5,271871,,,,,\r\n");
	print_device("<device xmlns='urn:platen:device:1'/>");
	check_lines(",,,,,,,,,,,,,,,,,,,,,\r\n");
	print_device("<device xmlns='urn:platen:device:1' decommissioned='2026-01-02T03:04:05.678Z' "
	             "successor='n@x' predecessor='=o@x'><warning condition='serial-changed'>x</warning>"
	             "<warning condition='shared-account'/></device>");
	check_lines(",,,,,,,,,,,,,,,,,,2026-01-02T03:04:05.678Z,n@x,'=o@x,"
	            "serial-changed shared-account\r\n");
}

static void an_unassigned_device_is_a_row(void **state)
{
	struct xml *el = parse("<device xmlns='urn:platen:device:1' device='n@x' reason='no-unit' "
	                       "first='2026-01-02T03:04:05.678Z' last='2026-01-02T03:04:05.679Z' "
	                       "times='3' model='=1+1' client='c/1'/>");
	struct row_unassigned u;
	FILE *out = begin();

	(void)state;
	row_unassigned_read(&u, el);
	csv_unassigned_head(out);
	csv_unassigned(out, &u);
	fclose(out);
	row_unassigned_clear(&u);
	xml_free(el);
	check_lines("n@x,no-unit,2026-01-02T03:04:05.678Z,2026-01-02T03:04:05.679Z,3,,'=1+1,,,,,,,,"
	            "c/1\r\n");
}

static void an_account_is_a_row(void **state)
{
	FILE *out = begin();

	(void)state;
	csv_account_head(out);
	csv_account(out, "mfp-1@x", "failed", "conflict", "=no, \x1b");
	fclose(out);
	assert_string_equal(printed, "device,result,error_condition,error_text\r\n"
	                    "mfp-1@x,failed,conflict,\"'=no, ?\"\r\n");
	out = begin();
	csv_account(out, "mfp-1@x", "created", NULL, NULL);
	fclose(out);
	assert_string_equal(printed, "mfp-1@x,created,,\r\n");
}

static int clean_up(void **state)
{
	(void)state;
	free(printed);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_are_quoted_where_they_must),
		cmocka_unit_test(nothing_is_a_formula),
		cmocka_unit_test(nothing_is_a_formula_behind_a_semicolon),
		cmocka_unit_test(full_width_signs_begin_formulas),
		cmocka_unit_test(control_characters_do_not_get_through),
		cmocka_unit_test(a_request_is_a_row),
		cmocka_unit_test(a_device_is_a_row),
		cmocka_unit_test(an_unassigned_device_is_a_row),
		cmocka_unit_test(an_account_is_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, clean_up);
}
