// link: operator/stats.o operator/csv.o operator/row.o operator/json.o operator/print_mfp.o operator/grid.o operator/text.o
/* A row of statistics as JSON, CSV and for people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "operator/stats.h"

#define FULL "<row xmlns='urn:platen:operation:1' key='=get-supplies' requests='1200' " \
             "responded='1187' failed='3' refused='1' unknown='1' expired='2' no-response='6' " \
             "cancelled='0' open='2' p50='41' p90='77' p99='311' max='9041'/>"
#define EMPTY "<row xmlns='urn:platen:operation:1'/>"

static char *printed;
static size_t printed_len;

static void read_row(struct stats *s, const char *text)
{
	struct xml *el = xml_parse(text, strlen(text), &xml_limits_stanza, NULL);

	assert_non_null(el);
	stats_read(s, el);
	xml_free(el);
}

static void check_json(const char *text, const char *expected)
{
	struct stats s;
	json_t *value;

	read_row(&s, text);
	value = stats_json(&s);
	free(printed);
	printed = json_dumps(value, JSON_COMPACT);
	assert_string_equal(printed, expected);
	json_decref(value);
	stats_clear(&s);
}

static void json_has_every_key(void **state)
{
	(void)state;
	check_json(FULL, "{\"key\":\"=get-supplies\",\"requests\":1200,\"responded\":1187,"
	           "\"failed\":3,\"refused\":1,\"unknown\":1,\"expired\":2,\"no-response\":6,"
	           "\"cancelled\":0,\"open\":2,\"p50\":41,\"p90\":77,\"p99\":311,\"max\":9041}");
	check_json(EMPTY, "{\"key\":null,\"requests\":null,\"responded\":null,\"failed\":null,"
	           "\"refused\":null,\"unknown\":null,\"expired\":null,\"no-response\":null,"
	           "\"cancelled\":null,\"open\":null,\"p50\":null,\"p90\":null,\"p99\":null,"
	           "\"max\":null}");
}

static void csv_has_a_head(void **state)
{
	struct stats s;
	FILE *out;

	(void)state;
	read_row(&s, FULL);
	free(printed);
	out = open_memstream(&printed, &printed_len);
	stats_csv_head(out);
	stats_csv(out, &s);
	fclose(out);
	stats_clear(&s);
	assert_string_equal(printed, "key,requests,responded,failed,refused,unknown,expired,"
	                    "no-response,cancelled,open,p50,p90,p99,max\r\n"
	                    "'=get-supplies,1200,1187,3,1,1,2,6,0,2,41,77,311,9041\r\n");
}

static void people_get_sums_and_units(void **state)
{
	struct grid g = { .columns = stats_columns, .n_columns = STATS_COLUMNS };
	struct stats s;
	FILE *out;

	(void)state;
	free(printed);
	out = open_memstream(&printed, &printed_len);
	read_row(&s, FULL);
	stats_cells(&s, &g);
	stats_clear(&s);
	read_row(&s, EMPTY);
	stats_cells(&s, &g);
	stats_clear(&s);
	grid_print(&g, "", out);
	fclose(out);
	assert_string_equal(printed,
		"KEY            REQUESTS  RESPONDED  FAILED  NO ANSWER  CANCELLED  OPEN    P50    P90"
		"     P99    MAX\n"
		"=get-supplies     1 200      1 187       4          9          0     2  41 ms  77 ms"
		"  311 ms  9.0 s\n"
		"(others)              -          -       -          -          -     -      -      -"
		"       -      -\n");
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
		cmocka_unit_test(csv_has_a_head),
		cmocka_unit_test(people_get_sums_and_units),
	};

	return cmocka_run_group_tests(tests, NULL, clean_up);
}
