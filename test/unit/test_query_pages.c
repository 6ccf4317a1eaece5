// link: test/unit/query_fixture.o
/* Pages of a list of requests: where they begin and end, in either order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "test/unit/query_fixture.h"

static void pages_go_on_where_the_last_ended(void **state)
{
	char after[UUID7_STRING] = "";
	unsigned seen = 0;

	(void)state;
	for (bool more = true; more; ) {
		unsigned expected = DAYS * A_DAY - seen < 7 ? DAYS * A_DAY - seen : 7;
		struct query_filter f = any(7);
		struct days_result result;

		if (*after != '\0')
			f.span.from = mem_strdup(after);
		more = seen + expected < DAYS * A_DAY;
		result = run(&f, expected, more);
		for (unsigned i = 0; i < result.n; i++, seen++)
			assert_row(&result, i, DAYS - 1 - (int)seen / A_DAY, A_DAY - 1 - (int)seen % A_DAY);
		memcpy(after, result.rows[result.n - 1].columns[REQ_ID], sizeof after);
		days_result_clear(&result);
	}
	assert_int_equal(seen, DAYS * A_DAY);
}

/* Through the whole list in pages of seven, which no day is a multiple of. */
static void walk(bool oldest, bool backwards)
{
	bool ascending = oldest != backwards;
	char from[UUID7_STRING] = "";
	unsigned seen = 0;

	for (bool more = true; more; ) {
		unsigned expected = DAYS * A_DAY - seen < 7 ? DAYS * A_DAY - seen : 7;
		struct query_filter f = any(7);
		struct days_result result;

		f.span.oldest = oldest;
		f.span.backwards = backwards;
		f.span.from = *from == '\0' ? NULL : mem_strdup(from);
		more = seen + expected < DAYS * A_DAY;
		result = run(&f, expected, more);
		for (unsigned i = 0; i < result.n; i++, seen++) {
			int place = ascending ? (int)seen : DAYS * A_DAY - 1 - (int)seen;

			assert_row(&result, i, place / A_DAY, place % A_DAY);
		}
		memcpy(from, result.rows[result.n - 1].columns[REQ_ID], sizeof from);
		days_result_clear(&result);
	}
	assert_int_equal(seen, DAYS * A_DAY);
}

static void pages_go_either_way_in_either_order(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++)
		walk(i & 1, i & 2);
}

/* The page ahead of a row ends with its neighbour, also of the day before or after. */
static void a_page_backwards_ends_at_its_neighbour(void **state)
{
	struct query_filter f = any(2);
	struct days_result result;
	char id[UUID7_STRING];

	(void)state;
	f.span.backwards = true;
	f.span.from = mem_strdup(id_of(0, A_DAY - 1, id));
	result = run(&f, 2, true);
	assert_row(&result, 0, 1, 0);
	assert_row(&result, 1, 1, 1);
	days_result_clear(&result);
	f = any(2);
	f.span.backwards = f.span.oldest = true;
	f.span.from = mem_strdup(id_of(1, 1, id));
	result = run(&f, 2, true);
	assert_row(&result, 0, 1, 0);
	assert_row(&result, 1, 0, A_DAY - 1);
	days_result_clear(&result);
	f = any(2);
	f.span.backwards = true;
	f.span.from = mem_strdup(id_of(DAYS - 1, A_DAY - 1, id));
	result = run(&f, 0, false);
	days_result_clear(&result);
}

static void what_is_counted_is_what_would_be_listed(void **state)
{
	struct query_filter f = any(0);

	(void)state;
	count(&f, DAYS * A_DAY);
	f = any(0);
	f.status = RESPONDED;
	count(&f, DAYS);
	f = any(0);
	free(f.units[1]);
	f.units[1] = NULL;
	count(&f, DAYS * A_DAY / 2);
	f = any(0);
	f.span.since = DAY_1 + DAYS_MS;
	f.span.oldest = true;
	count(&f, (DAYS - 1) * A_DAY);
	f = any(0);
	f.device = mem_strdup("mfp-7@example.com");
	count(&f, 0);
}

/* A page that is full with a day's last request looks at the day before. */
static void a_page_may_end_with_its_day(void **state)
{
	struct query_filter f = any(A_DAY);
	struct days_result result = run(&f, A_DAY, true);

	(void)state;
	days_result_clear(&result);
	f = any(DAYS * A_DAY);
	result = run(&f, DAYS * A_DAY, false);
	days_result_clear(&result);
	f = any(0);
	result = run(&f, 0, true);
	days_result_clear(&result);
}

/* More requests than are held at a time, the oldest of them wanted. */
static void a_large_day_is_read_in_parts(void **state)
{
	enum { MANY = 160000 };
	char *path = mem_printf("%s/requests/2026-01-08.tsv", dir), *line;
	struct query_filter f = any(100);
	struct days_result result;
	FILE *file = fopen(path, "w");
	size_t len;

	(void)state;
	line = table_header(&request_schema, &len);
	for (int i = 0; i <= MANY; i++) {
		char id[UUID7_STRING];
		struct record rec = { 0 };

		assert_int_equal(fwrite(line, 1, len, file), len);
		free(line);
		snprintf(id, sizeof id, "019b9ff9-%04x-7000-8000-%012x", i / 10, (unsigned)i);
		record_text(&rec, REQ_ID, id);
		record_text(&rec, REQ_STATUS, i < 150 ? "failed" : "queued");
		record_text(&rec, REQ_DEVICE, "mfp-0@example.com");
		record_text(&rec, REQ_UNIT, "acme");
		line = table_row(&request_schema, rec.values, &len);
	}
	free(line);
	assert_int_equal(fclose(file), 0);
	f.status = FAILED;
	result = run(&f, 100, true);
	assert_string_equal(result.rows[99].columns[REQ_ID] + 24, "000000000032");
	f = any(100);
	f.status = FAILED;
	f.span.from = mem_strdup(result.rows[99].columns[REQ_ID]);
	days_result_clear(&result);
	result = run(&f, 50, false);
	days_result_clear(&result);
	f = any(0);
	count(&f, DAYS * A_DAY + MANY);
	assert_int_equal(unlink(path), 0);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_go_on_where_the_last_ended),
		cmocka_unit_test(pages_go_either_way_in_either_order),
		cmocka_unit_test(a_page_backwards_ends_at_its_neighbour),
		cmocka_unit_test(what_is_counted_is_what_would_be_listed),
		cmocka_unit_test(a_page_may_end_with_its_day),
		cmocka_unit_test(a_large_day_is_read_in_parts),
	};
	int failed = 0;

	for (form = OPEN; form <= SEALED_AND_MORE; form++)
		failed += cmocka_run_group_tests(tests, make_days, remove_days);
	return failed;
}
