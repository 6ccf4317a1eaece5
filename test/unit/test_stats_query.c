// link: test/unit/query_fixture.o component/stats_query.o component/tally.o
/* Requests counted from the days' files, in whatever form these are. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "component/journal.h"
#include "component/stats_query.h"
#include "test/unit/query_fixture.h"

static struct tally tally;

static struct stats_filter both_units(enum request_column by)
{
	struct stats_filter f = { .by = by };

	f.units = mem_zero(3, sizeof *f.units);
	f.units[0] = mem_strdup("acme");
	f.units[1] = mem_strdup("bolt");
	return f;
}

/* Runs it and clears it. */
static void count_all(struct stats_filter *f)
{
	tally_clear(&tally);
	assert_null(stats_query_run(dir, f, &tally));
	stats_filter_clear(f);
}

static void has(const char *key, unsigned requests, unsigned responded)
{
	assert_int_equal(tally_at(&tally, key)->requests, requests);
	assert_int_equal(tally_at(&tally, key)->n[RESPONDED], responded);
	assert_int_equal(tally_at(&tally, key)->n[QUEUED], requests - responded);
}

static int forget(void **state)
{
	tally_clear(&tally);
	return remove_days(state);
}

static void by_each_key(void **state)
{
	struct stats_filter f = both_units(REQ_COMMAND);

	(void)state;
	count_all(&f);
	has("print", DAYS * (A_DAY - 1), DAYS);
	has("reboot", DAYS, 0);
	f = both_units(REQ_UNIT);
	count_all(&f);
	has("acme", DAYS * A_DAY / 2, DAYS);
	has("bolt", DAYS * A_DAY / 2, 0);
	f = both_units(REQ_DEVICE);
	count_all(&f);
	has("mfp-0@example.com", DAYS * A_DAY / 2, DAYS);
	has("mfp-1@example.com", DAYS * A_DAY / 2, 0);
}

static void each_filter_leaves_its_own(void **state)
{
	struct stats_filter f = both_units(REQ_COMMAND);

	(void)state;
	f.command = mem_strdup("reboot");
	count_all(&f);
	has("reboot", DAYS, 0);
	has("print", 0, 0);
	f = both_units(REQ_COMMAND);
	f.device = mem_strdup("mfp-0@example.com");
	count_all(&f);
	has("print", DAYS * A_DAY / 2, DAYS);
	f = both_units(REQ_COMMAND);
	f.unit = mem_strdup("bolt");
	count_all(&f);
	has("print", DAYS * (A_DAY / 2 - 1), 0);
	f = both_units(REQ_COMMAND);
	f.since = DAY_1 + DAYS_MS;
	f.until = DAY_1 + DAYS_MS + INT64_C(3600000);
	count_all(&f);
	has("print", 2, 0);
}

static void other_units_are_not_counted(void **state)
{
	struct stats_filter f = both_units(REQ_UNIT);

	(void)state;
	free(f.units[1]);
	f.units[1] = NULL;
	count_all(&f);
	has("acme", DAYS * A_DAY / 2, DAYS);
	has("bolt", 0, 0);
}

/* Rows that follow later: a late outcome takes the place of an end, times of it. */
static void add_to(char **text, int n, const char *status, const char *ms)
{
	char id[UUID7_STRING];
	struct record rec = { 0 };

	record_text(&rec, REQ_ID, id_of(1, n, id));
	record_text(&rec, REQ_STATUS, status);
	if (ms != NULL)
		record_text(&rec, REQ_RESPONSE_MS, ms);
	add_row(text, &rec);
}

static void what_follows_counts_once(void **state)
{
	struct stats_filter f = both_units(REQ_COMMAND);
	char *text;
	size_t len;

	(void)state;
	text = table_header(&request_schema, &len);
	add_to(&text, 5, "no-response", NULL);
	add_to(&text, 2, "responded", "40");
	add_to(&text, 3, "failed", "9000");
	add_to(&text, 5, "responded", NULL);
	put(1, 2, text);
	free(text);
	count_all(&f);
	has("print", DAYS * (A_DAY - 1), DAYS + 1);
	assert_int_equal(tally_at(&tally, "print")->times, 1);
	assert_int_equal(tally_percentile(tally_at(&tally, "print"), 99), 40);
	assert_int_equal(tally_at(&tally, "reboot")->n[FAILED], 1);
	assert_int_equal(tally_at(&tally, "reboot")->max, 9000);
}

/* More than are held at a time. */
static void a_large_day_is_read_in_parts(void **state)
{
	enum { N = 600000 };
	struct stats_filter f = both_units(REQ_DEVICE);
	char *base = mem_printf("%s/%s/2026-02-01.tsv", dir, JOURNAL_FOLDER), *row;
	FILE *out = fopen(base, "w");
	size_t len;

	(void)state;
	assert_non_null(out);
	row = table_header(&request_schema, &len);
	fputs(row, out);
	free(row);
	for (int i = 0; i < 2 * N; i++) {
		int64_t ms = DAY_1 + 30 * DAYS_MS + i % N;
		char id[UUID7_STRING];
		struct record rec = { 0 };

		snprintf(id, sizeof id, "%08x-%04x-7000-8000-%012x", (unsigned)(ms >> 16),
		         (unsigned)(ms & 0xffff), (unsigned)(i % N));
		record_text(&rec, REQ_ID, id);
		record_text(&rec, REQ_STATUS, i < N ? "queued" : "responded");
		record_text(&rec, REQ_DEVICE, i < N ? "large@example.com" : NULL);
		rec.values[REQ_DEVICE] = i < N ? rec.values[REQ_DEVICE] : NULL;
		record_text(&rec, REQ_UNIT, "acme");
		record_time(&rec, REQ_CREATED, ms);
		record_int(&rec, REQ_RESPONSE_MS, i % 100);
		row = table_row(&request_schema, rec.values, &len);
		fputs(row, out);
		free(row);
	}
	assert_int_equal(fclose(out), 0);
	free(base);
	count_all(&f);
	has("large@example.com", N, N);
	assert_int_equal(tally_percentile(tally_at(&tally, "large@example.com"), 50), 49);
}

static void what_cannot_be_read_fails(void **state)
{
	struct table_schema newer = request_schema;
	struct stats_filter f = both_units(REQ_UNIT);
	char *header, *why;
	size_t len;

	(void)state;
	newer.version++;
	header = table_header(&newer, &len);
	put(1, form == OPEN ? 0 : 2, header);
	free(header);
	log_set_level(LOG_LEVEL_ERROR);
	why = stats_query_run(dir, &f, &tally);
	assert_non_null(why);
	free(why);
	stats_filter_clear(&f);
}

/* Nobody waits for the answer any more: whatever was read until then. */
static void who_stops_does_not_read_on(void **state)
{
	struct stats_filter f = both_units(REQ_UNIT);
	atomic_bool stop = true;

	(void)state;
	f.stop = &stop;
	log_set_level(LOG_LEVEL_ERROR);
	free(stats_query_run(dir, &f, &tally));
	stats_filter_clear(&f);
	assert_int_equal(tally_at(&tally, "acme")->requests, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_days, forget)

int main(void)
{
	static const char *const names[] = { "open", "sealed", "sealed and more" };
	const struct CMUnitTest tests[] = {
		TEST(by_each_key),
		TEST(each_filter_leaves_its_own),
		TEST(other_units_are_not_counted),
		TEST(what_follows_counts_once),
		TEST(a_large_day_is_read_in_parts),
		TEST(what_cannot_be_read_fails),
		TEST(who_stops_does_not_read_on),
	};
	int rc = 0;

	for (form = OPEN; form <= SEALED_AND_MORE; form++)
		rc += cmocka_run_group_tests_name(names[form], tests, NULL, NULL);
	return rc;
}
