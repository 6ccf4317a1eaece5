// link: component/tally.o component/request.o component/columns.o component/record.o
// link: component/deadline.o
/* Counts and percentiles, and how exact these are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem.h"
#include "component/tally.h"

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The n-th of a hundredth, of sorted values: what the documentation says. */
static int64_t exact(const int64_t *sorted, size_t n, unsigned percent)
{
	return sorted[(n * percent + 99) / 100 - 1];
}

static void is_near(int64_t got, int64_t expected)
{
	int64_t off = got > expected ? got - expected : expected - got;

	if (expected < 128 ? off != 0 : off * 1000 > expected * 8)
		fail_msg("%lld, not %lld", (long long)got, (long long)expected);
}

/* Times of all sizes, up to a month. */
static void percentiles_are_as_exact_as_is_said(void **state)
{
	static int64_t times[5000];
	uint64_t x = 88172645463325252u;

	(void)state;
	for (unsigned bits = 1; bits < 32; bits += 3) {
		struct tally t = { 0 };
		struct tally_row *row = tally_at(&t, "k");

		for (size_t i = 0; i < 5000; i++) {
			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			times[i] = (int64_t)(x >> (64 - bits));
			tally_add(row, RESPONDED, times[i]);
		}
		qsort(times, 5000, sizeof *times, by_value);
		for (unsigned percent = 1; percent <= 100; percent++)
			is_near(tally_percentile(row, percent), exact(times, 5000, percent));
		assert_int_equal(row->max, times[4999]);
		tally_clear(&t);
	}
}

static void every_time_has_a_bucket_that_is_near(void **state)
{
	(void)state;
	for (int64_t ms = 0; ms < INT64_C(1) << 40; ms += 1 + ms / 300) {
		struct tally t = { 0 };
		struct tally_row *row = tally_at(&t, "k");

		tally_add(row, RESPONDED, ms);
		tally_add(row, RESPONDED, INT64_C(1) << 41);
		is_near(tally_percentile(row, 50), ms);
		tally_clear(&t);
	}
}

static void few_times_and_none(void **state)
{
	struct tally t = { 0 };
	struct tally_row *row = tally_at(&t, "k");

	(void)state;
	assert_int_equal(tally_percentile(row, 50), -1);
	tally_add(row, NO_RESPONSE, -1);
	assert_int_equal(tally_percentile(row, 99), -1);
	tally_add(row, RESPONDED, 5000);
	assert_int_equal(tally_percentile(row, 50), 5000);
	assert_int_equal(tally_percentile(row, 99), 5000);
	tally_add(row, FAILED, 0);
	assert_int_equal(tally_percentile(row, 50), 0);
	assert_int_equal(tally_percentile(row, 51), 5000);
	assert_int_equal(row->requests, 3);
	assert_int_equal(row->n[NO_RESPONSE] + row->n[RESPONDED] + row->n[FAILED], 3);
	tally_clear(&t);
}

static void two_are_added_up(void **state)
{
	struct tally a = { 0 }, b = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++)
		tally_add(tally_at(i % 2 ? &a : &b, i < 50 ? "one" : "two"), RESPONDED, i * 100);
	tally_join(&a, &b);
	assert_int_equal(tally_at(&a, "one")->requests, 50);
	is_near(tally_percentile(tally_at(&a, "one"), 50), 2400);
	is_near(tally_percentile(tally_at(&a, "two"), 100), 9900);
	assert_int_equal(tally_at(&a, "two")->max, 9900);
	tally_clear(&a);
	tally_clear(&b);
}

static void the_most_requests_come_first(void **state)
{
	static const char *const keys[] = { "b", "a", "c", "c" };
	struct tally_row **rows;
	struct tally t = { 0 };

	(void)state;
	for (size_t i = 0; i < 4; i++)
		tally_add(tally_at(&t, keys[i]), RESPONDED, 1);
	tally_at(&t, "nothing");
	assert_int_equal(tally_sort(&t, &rows), 3);
	assert_string_equal(rows[0]->key, "c");
	assert_string_equal(rows[1]->key, "a");
	assert_string_equal(rows[2]->key, "b");
	free(rows);
	tally_clear(&t);
}

static void too_many_keys_are_one_row(void **state)
{
	struct tally_row **rows;
	struct tally t = { 0 };
	uint64_t sum = 0;
	size_t n;

	(void)state;
	for (int i = 0; i < TALLY_KEYS + 100; i++) {
		char *key = mem_printf("%d", i);

		tally_add(tally_at(&t, key), RESPONDED, i);
		free(key);
	}
	n = tally_sort(&t, &rows);
	assert_int_equal(n, TALLY_KEYS + 1);
	for (size_t i = 0; i < n; i++)
		sum += rows[i]->requests;
	assert_int_equal(sum, TALLY_KEYS + 100);
	assert_null(rows[n - 1]->key);
	assert_int_equal(rows[n - 1]->requests, 100);
	free(rows);
	tally_clear(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percentiles_are_as_exact_as_is_said),
		cmocka_unit_test(every_time_has_a_bucket_that_is_near),
		cmocka_unit_test(few_times_and_none),
		cmocka_unit_test(two_are_added_up),
		cmocka_unit_test(the_most_requests_come_first),
		cmocka_unit_test(too_many_keys_are_one_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
