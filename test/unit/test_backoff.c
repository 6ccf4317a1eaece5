#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "common/backoff.h"

static void grows_to_the_cap(void **state)
{
	static const int64_t upper[] = { 1000, 2000, 4000, 8000, 10000, 10000 };

	(void)state;
	for (unsigned i = 0; i < sizeof upper / sizeof *upper; i++) {
		assert_int_equal(backoff_ms(i, 1000, 10000, 0), upper[i] / 2);
		assert_int_equal(backoff_ms(i, 1000, 10000, 0.5), upper[i] * 3 / 4);
		assert_in_range(backoff_ms(i, 1000, 10000, 0.999999), upper[i] - 2, upper[i]);
	}
}

static void never_overflows(void **state)
{
	(void)state;
	assert_int_equal(backoff_ms(4000000000u, 1, INT64_MAX / 2, 0), INT64_MAX / 4);
	assert_int_equal(backoff_ms(3, 0, 0, 0.5), 0);
	assert_int_equal(backoff_ms(0, 5000, 100, 0), 50);
}

static void random_is_spread(void **state)
{
	int low = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		double x = backoff_random();

		assert_true(x >= 0 && x < 1);
		low += x < 0.5;
	}
	assert_in_range(low, 350, 650);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_to_the_cap),
		cmocka_unit_test(never_overflows),
		cmocka_unit_test(random_is_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
