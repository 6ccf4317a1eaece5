// link: component/query.o component/day.o component/days.o component/request.o component/merged.o component/record.o
// link: component/deadline.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/clock.h"
#include "common/file.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/journal.h"
#include "component/query.h"

#define DAY_1 INT64_C(1767312000000)     /* 2026-01-02T00:00:00Z */
#define DAYS 3
#define A_DAY 10                         /* requests of each day */

static char dir[] = "/tmp/test_query.XXXXXX";

/* The request number n of a day: at n o'clock. */
static char *id_of(int day, int n, char out[static UUID7_STRING])
{
	int64_t ms = DAY_1 + day * DAYS_MS + n * INT64_C(3600000);

	snprintf(out, UUID7_STRING, "%08x-%04x-7000-8000-%012x", (unsigned)(ms >> 16),
	         (unsigned)(ms & 0xffff), (unsigned)n);
	return out;
}

static void add_row(char **text, const struct record *rec)
{
	size_t n;
	char *row = table_row(&request_schema, rec->values, &n);
	char *more = mem_printf("%s%s", *text, row);

	free(row);
	free(*text);
	*text = more;
}

/* Even ones are of mfp-0 and unit acme, odd ones of mfp-1 and unit bolt. */
static void add_request(char **text, int day, int n)
{
	char id[UUID7_STRING];
	struct record rec = { 0 };

	record_text(&rec, REQ_ID, id_of(day, n, id));
	record_text(&rec, REQ_STATUS, "queued");
	record_text(&rec, REQ_DEVICE, n % 2 ? "mfp-1@example.com" : "mfp-0@example.com");
	record_text(&rec, REQ_UNIT, n % 2 ? "bolt" : "acme");
	record_text(&rec, REQ_COMMAND, n == 3 ? "reboot" : "print");
	record_text(&rec, REQ_OPERATOR, n == 4 ? "bob@example.com" : "alice@example.com");
	record_time(&rec, REQ_CREATED, DAY_1 + day * DAYS_MS + n * INT64_C(3600000));
	add_row(text, &rec);
}

/* The one at 2 o'clock has ended. */
static void add_end(char **text, int day)
{
	char id[UUID7_STRING];
	struct record rec = { 0 };

	record_text(&rec, REQ_ID, id_of(day, 2, id));
	record_text(&rec, REQ_STATUS, "responded");
	record_text(&rec, REQ_OUTCOME, "<outcome/>");
	add_row(text, &rec);
}

static void put(int day, unsigned segment, const char *text)
{
	char name[DAYS_NAME], *base, *path;

	days_name(JOURNAL_FOLDER, DAY_1 + day * DAYS_MS, name);
	base = mem_printf("%s/%s", dir, name);
	path = table_segment_path(base, segment);
	assert_int_equal(file_replace(path, text, strlen(text), 0600), 0);
	free(path);
	free(base);
}

/* In which form the days are: as their rows came, sealed, or sealed with more behind
 * it. */
static enum { OPEN, SEALED, SEALED_AND_MORE } form;

static void seal_day(int day)
{
	char name[DAYS_NAME], *base;

	if (form == OPEN)
		return;
	days_name(JOURNAL_FOLDER, DAY_1 + day * DAYS_MS, name);
	base = mem_printf("%s/%s", dir, name);
	assert_int_equal(table_merge(base, &request_schema, form == SEALED, NULL), 0);
	free(base);
}

/* Each day in two segments: the end of a request is not where it began. */
static void put_day(int day)
{
	char *first, *second;
	size_t len;

	first = table_header(&request_schema, &len);
	second = table_header(&request_schema, &len);
	for (int n = 0; n < A_DAY; n++)
		add_request(n % 3 != 1 ? &first : &second, day, n);
	add_end(&second, day);
	put(day, 0, first);
	put(day, 1, second);
	free(first);
	free(second);
	seal_day(day);
}

static int make_days(void **state)
{
	char *path;

	(void)state;
	snprintf(dir, sizeof dir, "/tmp/test_query.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	path = mem_printf("%s/requests", dir);
	assert_int_equal(file_mkdirs(path, 0700), 0);
	free(path);
	for (int day = 0; day < DAYS; day++)
		put_day(day);
	return 0;
}

static int remove_days(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

/* One that sees both units; free with query_filter_clear(). */
static struct query_filter any(unsigned max)
{
	struct query_filter f = { .status = -1, .span.max = max };

	f.units = mem_zero(3, sizeof *f.units);
	f.units[0] = mem_strdup("acme");
	f.units[1] = mem_strdup("bolt");
	return f;
}

/* Runs it and clears it; rows expected, and whether there are more. */
static struct days_result run(struct query_filter *f, unsigned rows, bool more)
{
	struct days_result result;

	query_run(dir, f, &result);
	assert_null(result.failed);
	assert_int_equal(result.n, rows);
	assert_int_equal(result.more, more);
	query_filter_clear(f);
	return result;
}

static void assert_row(const struct days_result *result, unsigned i, int day, int n)
{
	char id[UUID7_STRING];

	assert_string_equal(result->rows[i].columns[REQ_ID], id_of(day, n, id));
}

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

static void count(struct query_filter *f, unsigned expected)
{
	struct days_result result;

	f->span.count = true;
	result = run(f, 0, false);
	assert_int_equal(result.count, expected);
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
		cmocka_unit_test(pages_go_on_where_the_last_ended),
		cmocka_unit_test(pages_go_either_way_in_either_order),
		cmocka_unit_test(a_page_backwards_ends_at_its_neighbour),
		cmocka_unit_test(what_is_counted_is_what_would_be_listed),
		cmocka_unit_test(a_page_may_end_with_its_day),
		cmocka_unit_test(each_filter_leaves_its_own),
		cmocka_unit_test(times_are_inclusive),
		cmocka_unit_test(other_units_rows_do_not_show),
		cmocka_unit_test(what_cannot_be_read_fails),
		cmocka_unit_test(a_folder_that_is_not_there_holds_nothing),
		cmocka_unit_test(a_folder_that_cannot_be_listed_fails),
		cmocka_unit_test(a_late_outcome_replaces_what_was_sealed),
		cmocka_unit_test(damage_hides_only_itself),
		cmocka_unit_test(a_large_day_is_read_in_parts),
		cmocka_unit_test(days_are_told_newest_first),
	};

	int failed = 0;

	for (form = OPEN; form <= SEALED_AND_MORE; form++)
		failed += cmocka_run_group_tests(tests, make_days, remove_days);
	return failed;
}
