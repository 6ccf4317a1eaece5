#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "common/clock.h"
#include "common/uuid7.h"

/* Each test begins a minute after the last one ended, clock steps included. */
static int64_t now = 1800000000000;

static int begin(void **state)
{
	(void)state;
	now += 60000;
	clock_set(-1, now);
	return 0;
}

static void check_above(char *last, int64_t wall_ms)
{
	char next[UUID7_STRING];

	uuid7_next(wall_ms, next);
	assert_true(strcmp(next, last) > 0);
	assert_true(uuid7_time(next, NULL));
	strcpy(last, next);
}

static void holds_the_time(void **state)
{
	char id[UUID7_STRING];
	int64_t ms;

	(void)state;
	uuid7_next(now, id);
	assert_int_equal(strlen(id), 36);
	assert_true(uuid7_time(id, &ms));
	assert_int_equal(ms, now);
	assert_int_equal(id[14], '7');
	assert_non_null(strchr("89ab", id[19]));
}

static void thousands_in_one_ms_rise(void **state)
{
	char last[UUID7_STRING] = "";

	(void)state;
	for (int i = 0; i < 20000; i++)
		check_above(last, now);
}

static void small_step_back_does_not_show(void **state)
{
	char last[UUID7_STRING] = "";

	(void)state;
	check_above(last, now);
	check_above(last, now - 5000);
	check_above(last, now - 10000);
	check_above(last, now - 1);
	check_above(last, now + 1);
}

static void large_step_back_is_followed(void **state)
{
	char before[UUID7_STRING], after[UUID7_STRING];
	int64_t ms;

	(void)state;
	uuid7_next(now, before);
	uuid7_next(now - 11000, after);
	assert_true(strcmp(after, before) < 0);
	assert_true(uuid7_time(after, &ms));
	assert_int_equal(ms, now - 11000);
	check_above(after, now - 11000);
}

static void step_forward_is_followed(void **state)
{
	char id[UUID7_STRING];
	int64_t ms;

	(void)state;
	uuid7_next(now, id);
	now += 3600000;
	check_above(id, now);
	assert_true(uuid7_time(id, &ms));
	assert_int_equal(ms, now);
}

static char *id_at(int64_t ms, char id[static UUID7_STRING])
{
	static const char hex[] = "0123456789abcdef";

	strcpy(id, "00000000-0000-7fff-bfff-ffff00000000");
	for (int i = 12; i >= 0; ms >>= 4, i -= i == 9 ? 2 : 1)
		id[i] = hex[ms & 15];
	return id;
}

static void stays_above_what_was_seen(void **state)
{
	char id[UUID7_STRING];

	(void)state;
	uuid7_seen(id_at(now + 8000, id));
	check_above(id, now);
	uuid7_seen(id_at(now - 8000, id));
	uuid7_next(now, id);
	check_above(id, now);
}

static void id_of_a_wrong_clock_is_passed_over(void **state)
{
	char id[UUID7_STRING];
	int64_t ms;

	(void)state;
	uuid7_seen(id_at(now + 3000, id));
	uuid7_seen(id_at(now + 86400000, id));
	uuid7_next(now, id);
	assert_true(uuid7_time(id, &ms));
	assert_int_equal(ms, now + 3000);
}

static void others_are_no_ids(void **state)
{
	static const char *const bad[] = {
		"", "x", "019a0000-0000-4000-8000-000000000000",
		"019a0000-0000-7000-4000-000000000000", "019A0000-0000-7000-8000-000000000000",
		"019a0000-0000-7000-8000-00000000000", "019a0000-0000-7000-8000-0000000000000",
		"019a00000000-7000-8000-00000000000-0", "{19a0000-0000-7000-8000-000000000000",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(uuid7_time(bad[i], NULL));
	assert_true(uuid7_time("019a0000-0000-7000-8000-000000000000", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(holds_the_time, begin),
		cmocka_unit_test_setup(thousands_in_one_ms_rise, begin),
		cmocka_unit_test_setup(small_step_back_does_not_show, begin),
		cmocka_unit_test_setup(large_step_back_is_followed, begin),
		cmocka_unit_test_setup(step_forward_is_followed, begin),
		cmocka_unit_test_setup(stays_above_what_was_seen, begin),
		cmocka_unit_test_setup(id_of_a_wrong_clock_is_passed_over, begin),
		cmocka_unit_test(others_are_no_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
