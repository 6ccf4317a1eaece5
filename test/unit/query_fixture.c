// link: component/query.o component/optional.o component/day.o component/days.o component/request.o component/columns.o component/record.o
// link: component/deadline.o
#include "test/unit/query_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "common/mem.h"
#include "component/journal.h"

char dir[] = "/tmp/test_query.XXXXXX";
enum query_form form;

char *id_of(int day, int n, char out[static UUID7_STRING])
{
	int64_t ms = DAY_1 + day * DAYS_MS + n * INT64_C(3600000);

	snprintf(out, UUID7_STRING, "%08x-%04x-7000-8000-%012x", (unsigned)(ms >> 16),
	         (unsigned)(ms & 0xffff), (unsigned)n);
	return out;
}

void add_row(char **text, const struct record *rec)
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

void put(int day, unsigned segment, const char *text)
{
	char name[DAYS_NAME], *base, *path;

	days_name(JOURNAL_FOLDER, DAY_1 + day * DAYS_MS, name);
	base = mem_printf("%s/%s", dir, name);
	path = table_segment_path(base, segment);
	assert_int_equal(file_replace(path, text, strlen(text), 0600), 0);
	free(path);
	free(base);
}

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

void put_day(int day)
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

int make_days(void **state)
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

int remove_days(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

struct query_filter any(unsigned max)
{
	struct query_filter f = { .status = -1, .span.max = max };

	f.units = mem_zero(3, sizeof *f.units);
	f.units[0] = mem_strdup("acme");
	f.units[1] = mem_strdup("bolt");
	return f;
}

struct days_result run(struct query_filter *f, unsigned rows, bool more)
{
	struct days_result result;

	query_run(dir, f, &result);
	assert_null(result.failed);
	assert_int_equal(result.n, rows);
	assert_int_equal(result.more, more);
	query_filter_clear(f);
	return result;
}

void assert_row(const struct days_result *result, unsigned i, int day, int n)
{
	char id[UUID7_STRING];

	assert_string_equal(result->rows[i].columns[REQ_ID], id_of(day, n, id));
}

void count(struct query_filter *f, unsigned expected)
{
	struct days_result result;

	f->span.count = true;
	result = run(f, 0, false);
	assert_int_equal(result.count, expected);
	days_result_clear(&result);
}
