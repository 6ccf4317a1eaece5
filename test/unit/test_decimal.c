/* Whole numbers as text. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "common/decimal.h"

static void as_printf_writes_them(void **state)
{
	static const int64_t values[] = { 0, 1, -1, 9, 10, -10, 99, 100, 12345, 271871, INT32_MAX,
	                                  INT64_MAX, INT64_MIN, INT64_MIN + 1 };
	char expected[32], got[DECIMAL_STRING];

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		snprintf(expected, sizeof expected, "%" PRId64, values[i]);
		assert_string_equal(decimal(values[i], got), expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(as_printf_writes_them) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
