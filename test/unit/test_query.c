// link: test/unit/query_fixture.o
/* Which requests a filter finds in the days' files, and what cannot be read. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/journal.h"
#include "test/unit/query_fixture.h"

static void all_come_newest_first(void **state)
{
	struct query_filter f = any(100);
	struct days_result result = run(&f, DAYS * A_DAY, false);

	(void)state;
	for (unsigned i = 0; i < result.n; i++)
		assert_row(&result, i, DAYS - 1 - (int)i / A_DAY, A_DAY - 1 - (int)i % A_DAY);
	days_result_clear(&result);
}

static void rows_are_merged_over_segments(void **state)
{
	struct query_filter f = any(100);
	struct days_result result;
	char id[UUID7_STRING];

	(void)state;
	f.span.id = mem_strdup(id_of(1, 2, id));
	result = run(&f, 1, false);
	assert_string_equal(result.rows[0].columns[REQ_STATUS], "responded");
	assert_string_equal(result.rows[0].columns[REQ_OUTCOME], "<outcome/>");
	assert_string_equal(result.rows[0].columns[REQ_COMMAND], "print");
	assert_null(result.rows[0].columns[REQ_ERROR]);
	days_result_clear(&result);
}

static void each_filter_leaves_its_own(void **state)
{
	struct days_result result;
	struct query_filter f;

	(void)state;
	f = any(100);
	f.device = mem_strdup("mfp-1@example.com");
	result = run(&f, DAYS * A_DAY / 2, false);
	days_result_clear(&result);
	f = any(100);
	f.unit = mem_strdup("acme");
	result = run(&f, DAYS * A_DAY / 2, false);
	days_result_clear(&result);
	f = any(100);
	f.command = mem_strdup("reboot");
	result = run(&f, DAYS, false);
	days_result_clear(&result);
	f = any(100);
	f.operator_ = mem_strdup("bob@example.com");
	result = run(&f, DAYS, false);
	days_result_clear(&result);
	f = any(100);
	f.status = RESPONDED;
	result = run(&f, DAYS, false);
	days_result_clear(&result);
	f = any(100);
	f.status = QUEUED;
	result = run(&f, DAYS * (A_DAY - 1), false);
	days_result_clear(&result);
	f = any(100);
	f.span.id = mem_strdup("no id at all");
	result = run(&f, 0, false);
	days_result_clear(&result);
}

static void times_are_inclusive(void **state)
{
	struct query_filter f = any(100);
	struct days_result result;

	(void)state;
	f.span.since = DAY_1 + 8 * INT64_C(3600000);
	f.span.until = DAY_1 + DAYS_MS + INT64_C(3600000);
	result = run(&f, 4, false);
	assert_row(&result, 0, 1, 1);
	assert_row(&result, 3, 0, 8);
	days_result_clear(&result);
}

static void other_units_rows_do_not_show(void **state)
{
	struct query_filter f = any(100);
	struct days_result result;

	(void)state;
	free(f.units[1]);
	f.units[1] = NULL;
	result = run(&f, DAYS * A_DAY / 2, false);
	for (unsigned i = 0; i < result.n; i++)
		assert_string_equal(result.rows[i].columns[REQ_UNIT], "acme");
	days_result_clear(&result);
	f = any(100);
	free(f.units[0]);
	free(f.units[1]);
	f.units[0] = NULL;
	result = run(&f, 0, false);
	days_result_clear(&result);
}

/* A file of a newer version cannot be read, and the answer does not hide that. */
static void what_cannot_be_read_fails(void **state)
{
	struct table_schema newer = request_schema;
	struct query_filter f = any(100);
	struct days_result result;
	size_t len;
	char *text;

	(void)state;
	newer.version = request_schema.version + 1;
	text = table_header(&newer, &len);
	put(0, 2, text);
	free(text);
	query_run(dir, &f, &result);
	assert_non_null(result.failed);
	assert_non_null(strstr(result.failed, "2026-01-02"));
	days_result_clear(&result);
	query_filter_clear(&f);
	put_day(0);
	text = mem_printf("%s/requests/2026-01-02.2.tsv", dir);
	assert_int_equal(unlink(text), 0);
	free(text);
}

static void a_folder_that_is_not_there_holds_nothing(void **state)
{
	struct query_filter f = any(100);
	struct days_result result;

	(void)state;
	query_run("/nonexistent", &f, &result);
	assert_null(result.failed);
	assert_int_equal(result.n, 0);
	days_result_clear(&result);
	query_filter_clear(&f);
}

static void a_folder_that_cannot_be_listed_fails(void **state)
{
	char *path = mem_printf("%s/file", dir);
	struct query_filter f = any(100);
	struct days_result result;

	(void)state;
	assert_int_equal(file_replace(path, "", 0, 0600), 0);
	query_run(path, &f, &result);
	assert_non_null(result.failed);
	days_result_clear(&result);
	query_filter_clear(&f);
	free(path);
}

/* What the sealed part says of a status is not the last word. */
static void a_late_outcome_replaces_what_was_sealed(void **state)
{
	struct query_filter f = any(100);
	struct days_result result;
	char id[UUID7_STRING], *text;
	struct record rec = { 0 };
	size_t len;

	(void)state;
	text = table_header(&request_schema, &len);
	record_text(&rec, REQ_ID, id_of(1, 4, id));
	record_text(&rec, REQ_STATUS, "failed");
	record_text(&rec, REQ_ERROR, "printer-error what");
	add_row(&text, &rec);
	put(1, 2, text);
	free(text);
	f.status = FAILED;
	result = run(&f, 1, false);
	assert_row(&result, 0, 1, 4);
	assert_string_equal(result.rows[0].columns[REQ_ERROR], "printer-error what");
	assert_string_equal(result.rows[0].columns[REQ_OPERATOR], "bob@example.com");
	days_result_clear(&result);
	f = any(0);
	f.status = QUEUED;
	count(&f, DAYS * (A_DAY - 1) - 1);
	put_day(1);
	text = mem_printf("%s/requests/2026-01-03.2.tsv", dir);
	assert_int_equal(unlink(text), 0);
	free(text);
}

/* One row that cannot be read, where halving may come by. */
static void damage_hides_only_itself(void **state)
{
	char *path = mem_printf("%s/requests/2026-01-03.tsv", dir), *text, id[UUID7_STRING];
	struct query_filter f = any(100);
	struct days_result result;
	size_t len;

	(void)state;
	log_set_level((enum log_level)-1);
	assert_int_equal(file_read(path, 1 << 20, &text, &len), 0);
	strstr(text, id_of(1, 5, id))[10] ^= 1;
	assert_int_equal(file_replace(path, text, len, 0600), 0);
	result = run(&f, DAYS * A_DAY - 1, false);
	assert_row(&result, A_DAY + 3, 1, 6);
	assert_row(&result, A_DAY + 4, 1, 4);
	days_result_clear(&result);
	f = any(100);
	f.span.id = mem_strdup(id_of(1, 6, id));
	result = run(&f, 1, false);
	days_result_clear(&result);
	free(text);
	free(path);
	log_set_level(LOG_LEVEL_ERROR);
	put_day(1);
}

static void days_are_told_newest_first(void **state)
{
	/* What somebody has put beside them is no day. */
	char *stray = mem_printf("%s/requests/2026-02-03.tsv.gz", dir);
	int64_t *days;
	int n;

	(void)state;
	assert_int_equal(file_replace(stray, "x", 1, 0600), 0);
	n = days_list(dir, JOURNAL_FOLDER, &days);
	unlink(stray);
	free(stray);
	assert_int_equal(n, DAYS);
	for (int i = 0; i < DAYS; i++)
		assert_int_equal(days[i], DAY_1 + (DAYS - 1 - i) * DAYS_MS);
	free(days);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_come_newest_first),
		cmocka_unit_test(rows_are_merged_over_segments),
		cmocka_unit_test(each_filter_leaves_its_own),
		cmocka_unit_test(times_are_inclusive),
		cmocka_unit_test(other_units_rows_do_not_show),
		cmocka_unit_test(what_cannot_be_read_fails),
		cmocka_unit_test(a_folder_that_is_not_there_holds_nothing),
		cmocka_unit_test(a_folder_that_cannot_be_listed_fails),
		cmocka_unit_test(a_late_outcome_replaces_what_was_sealed),
		cmocka_unit_test(damage_hides_only_itself),
		cmocka_unit_test(days_are_told_newest_first),
	};
	int failed = 0;

	for (form = OPEN; form <= SEALED_AND_MORE; form++)
		failed += cmocka_run_group_tests(tests, make_days, remove_days);
	return failed;
}
