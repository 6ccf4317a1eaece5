// link: component/rollout.o
/* How fast a campaign asks, and when it has gone too badly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "component/rollout.h"

#define T INT64_C(1000003)

static const struct rollout_rules plain = { .rate = 60, .rate_max = 6000, .growth = 1000 };
static const struct rollout_rules growing = { .rate = 60, .rate_max = 200, .growth = 1500,
                                              .abort = 20, .abort_after = 10 };

/* How many it lets through from *now on, looked at as often as it wants. */
static unsigned run(struct rollout *r, int64_t *now, int64_t ms)
{
	int64_t until = *now + ms;
	unsigned n = 0;

	for (; *now < until; *now += rollout_wait_ms(r)) {
		while (rollout_may(r, *now)) {
			rollout_take(r);
			n++;
		}
	}
	return n;
}

static void the_first_goes_at_once_and_then_the_rate_holds(void **state)
{
	struct rollout r;
	int64_t now = T;

	(void)state;
	rollout_begin(&r, &plain, 0, T);
	assert_true(rollout_may(&r, T));
	rollout_take(&r);
	assert_false(rollout_may(&r, T));
	assert_int_equal(rollout_wait_ms(&r), 1000);
	assert_false(rollout_may(&r, T + 999));
	assert_true(rollout_may(&r, T + 1000));
	rollout_begin(&r, &plain, 0, T);
	assert_int_equal(run(&r, &now, 600000), 600);
}

static void a_high_rate_goes_in_small_steps(void **state)
{
	const struct rollout_rules fast = { .rate = 600000, .rate_max = 600000, .growth = 1000 };
	struct rollout r;
	int64_t now = T;
	unsigned n;

	(void)state;
	rollout_begin(&r, &fast, 0, T);
	n = run(&r, &now, 10000);
	assert_in_range(n, 99800, 100200);
}

static void what_was_held_up_is_not_made_up_for(void **state)
{
	struct rollout r;
	int64_t now = T + 3600000;

	(void)state;
	rollout_begin(&r, &plain, 0, T);
	assert_in_range(run(&r, &now, 1000), 1, 2);
	rollout_resume(&r, now + 3600000);
	assert_false(rollout_may(&r, now + 3600000));
}

static void end_many(struct rollout *r, unsigned n, unsigned failed)
{
	for (unsigned i = 0; i < n; i++)
		rollout_ended(r, i < failed);
}

static void it_grows_while_it_goes_well(void **state)
{
	struct rollout r;

	(void)state;
	rollout_begin(&r, &growing, 0, T);
	end_many(&r, 60, 5);
	rollout_may(&r, T + 59999);
	assert_int_equal(r.rate, 60000);
	rollout_may(&r, T + 60000);
	assert_int_equal(r.rate, 90000);
	end_many(&r, 90, 9);                       /* half of what would abort it */
	rollout_may(&r, T + 120000);
	assert_int_equal(r.rate, 90000);
	rollout_may(&r, T + 180000);               /* nothing is known of this minute */
	assert_int_equal(r.rate, 90000);
	for (unsigned i = 4; i < 9; i++) {
		end_many(&r, 10, 0);
		rollout_may(&r, T + i * 60000);
	}
	assert_int_equal(r.rate, 200000);
}

static void a_long_time_is_one_step(void **state)
{
	struct rollout r;

	(void)state;
	rollout_begin(&r, &growing, 0, T);
	end_many(&r, 60, 0);
	rollout_may(&r, T + 3600000);
	assert_int_equal(r.rate, 90000);
	end_many(&r, 60, 0);
	rollout_may(&r, T + 3600001);
	assert_int_equal(r.rate, 90000);
}

static void a_restart_goes_on_at_the_same_rate(void **state)
{
	struct rollout r;

	(void)state;
	rollout_begin(&r, &growing, 135000, T);
	assert_int_equal(r.rate, 135000);
}

static void its_rule_ends_it(void **state)
{
	(void)state;
	assert_false(rollout_is_bad(&growing, 9, 9));
	assert_false(rollout_is_bad(&growing, 10, 1));
	assert_true(rollout_is_bad(&growing, 10, 2));
	assert_false(rollout_is_bad(&growing, 1000000, 199999));
	assert_true(rollout_is_bad(&growing, 1000000, 200000));
	assert_false(rollout_is_bad(&plain, 1000000, 1000000));
}

static void the_estimate_knows_that_it_grows(void **state)
{
	struct rollout r;

	(void)state;
	rollout_begin(&r, &growing, 0, T);
	assert_int_equal(rollout_estimate_ms(&r, 1 + 60 + 90, T), 120000);
	assert_int_equal(rollout_estimate_ms(&r, 1 + 60 + 90 + 135 + 200 * 1000, T), 180000 + 60000000);
}

static void the_estimate_knows_that_the_first_is_asked_at_once(void **state)
{
	struct rollout r;

	(void)state;
	rollout_begin(&r, &plain, 0, T);
	assert_int_equal(rollout_estimate_ms(&r, 601, T), 600000);
	assert_int_equal(rollout_estimate_ms(&r, 601, T + 500), 599500);
	assert_int_equal(rollout_estimate_ms(&r, 1, T), 0);
	assert_int_equal(rollout_estimate_ms(&r, 0, T), 0);
	assert_true(rollout_may(&r, T));
	rollout_take(&r);
	assert_int_equal(rollout_estimate_ms(&r, 600, T), 600000);
	assert_int_equal(rollout_estimate_ms(&r, 600, T + 999), 599001);
}

static void decimals_are_read_and_written(void **state)
{
	static const struct { const char *text; int64_t value; } good[] = {
		{ "1", 1000 }, { "1.5", 1500 }, { "0.001", 1 }, { "600000", 600000000 }, { "10.25", 10250 },
	};
	static const char *const bad[] = { "", ".", "1.", ".5", "1.0001", "-1", "1e3", "12345678",
	                                   "1000001", "1 ", "1,5" };
	char text[ROLLOUT_TEXT];
	int64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_true(rollout_parse(good[i].text, &value));
		assert_int_equal(value, good[i].value);
		assert_string_equal(rollout_text(value, text), good[i].text);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(rollout_parse(bad[i], &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_goes_at_once_and_then_the_rate_holds),
		cmocka_unit_test(a_high_rate_goes_in_small_steps),
		cmocka_unit_test(what_was_held_up_is_not_made_up_for),
		cmocka_unit_test(it_grows_while_it_goes_well),
		cmocka_unit_test(a_long_time_is_one_step),
		cmocka_unit_test(a_restart_goes_on_at_the_same_rate),
		cmocka_unit_test(its_rule_ends_it),
		cmocka_unit_test(the_estimate_knows_that_it_grows),
		cmocka_unit_test(the_estimate_knows_that_the_first_is_asked_at_once),
		cmocka_unit_test(decimals_are_read_and_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
