// link: operator/event.o operator/csv.o operator/row.o operator/json.o operator/print_mfp.o operator/grid.o operator/text.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "operator/event.h"

#define DENIED "<event xmlns='urn:platen:audit:1' id='0199' time='2026-01-02T03:04:05.678Z' " \
               "operator='bob@x' asked_by='bob@x/cli' action='request' device='=mfp-1' " \
               "unit='acme' command='print' request='01aa' result='denied' " \
               "condition='forbidden' suppressed='30'>no, bob&#x9b;</event>"

static char *printed;
static size_t printed_len;

static void read_event(struct event *e, const char *text)
{
	struct xml *el = xml_parse(text, strlen(text), &xml_limits_stanza, NULL);

	assert_non_null(el);
	event_read(e, el);
	xml_free(el);
}

static void check_json(const char *text, const char *expected)
{
	struct event e;
	json_t *value;

	read_event(&e, text);
	value = event_json(&e);
	free(printed);
	printed = json_dumps(value, JSON_ENSURE_ASCII);
	assert_string_equal(printed, expected);
	json_decref(value);
	event_clear(&e);
}

static void json_has_every_key(void **state)
{
	(void)state;
	check_json(DENIED, "{\"id\": \"0199\", \"time\": \"2026-01-02T03:04:05.678Z\", \"operator\": "
	           "\"bob@x\", \"asked_by\": \"bob@x/cli\", \"action\": \"request\", \"device\": "
	           "\"=mfp-1\", \"unit\": \"acme\", \"command\": \"print\", \"request\": \"01aa\", "
	           "\"result\": \"denied\", \"condition\": \"forbidden\", \"text\": "
	           "\"no, bob\\u009B\", \"suppressed\": 30}");
	check_json("<event xmlns='urn:platen:audit:1'/>", "{\"id\": null, \"time\": null, "
	           "\"operator\": null, \"asked_by\": null, \"action\": null, \"device\": null, "
	           "\"unit\": null, \"command\": null, \"request\": null, \"result\": null, "
	           "\"condition\": null, \"text\": null, \"suppressed\": null}");
}

static void check_csv(const char *text, const char *expected)
{
	struct event e;
	FILE *out;

	read_event(&e, text);
	free(printed);
	out = open_memstream(&printed, &printed_len);
	event_csv_head(out);
	event_csv(out, &e);
	fclose(out);
	assert_non_null(strstr(printed, "id,time,operator,asked_by,action,device,unit,command,request,"
	                                "result,condition,text,suppressed\r\n"));
	assert_string_equal(strstr(printed, "\r\n") + 2, expected);
	event_clear(&e);
}

static void csv_has_no_formula(void **state)
{
	(void)state;
	check_csv(DENIED, "0199,2026-01-02T03:04:05.678Z,bob@x,bob@x/cli,request,'=mfp-1,acme,print,"
	                  "01aa,denied,forbidden,\"no, bob?\",30\r\n");
	check_csv("<event xmlns='urn:platen:audit:1'/>", ",,,,,,,,,,,,\r\n");
}

static void check_cells(const char *text, const char *expected)
{
	struct grid g = { .columns = event_columns, .n_columns = 5 };
	struct event e;
	FILE *out;

	read_event(&e, text);
	free(printed);
	out = open_memstream(&printed, &printed_len);
	event_cells(&e, &g);
	grid_print(&g, "", out);
	fclose(out);
	assert_string_equal(strchr(printed, '\n') + 1, expected);
	event_clear(&e);
}

static void people_see_what_happened(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	check_cells(DENIED, "2026-01-02 03:04:05  bob@x     request print  =mfp-1  "
	                    "denied, 30 more: no, bob?\n");
	check_cells("<event xmlns='urn:platen:audit:1' time='2026-01-02T03:04:05.678Z' "
	            "action='reload' result='accepted'/>",
	            "2026-01-02 03:04:05  -         reload  -       accepted\n");
	check_cells("<event xmlns='urn:platen:audit:1'/>", "-     -         -       -       -\n");
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
		cmocka_unit_test(json_has_every_key),
		cmocka_unit_test(csv_has_no_formula),
		cmocka_unit_test(people_see_what_happened),
	};

	return cmocka_run_group_tests(tests, NULL, clean_up);
}
