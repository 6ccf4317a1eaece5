#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/utf8.h"

static void valid_sequences_have_their_length(void **state)
{
	(void)state;
	assert_int_equal(utf8_char("a", 1), 1);
	assert_int_equal(utf8_char("\0", 1), 1);
	assert_int_equal(utf8_char("\xc2\x80", 2), 2);
	assert_int_equal(utf8_char("\xe0\xa0\x80", 3), 3);
	assert_int_equal(utf8_char("\xed\x9f\xbf", 3), 3);
	assert_int_equal(utf8_char("\xf0\x90\x80\x80", 4), 4);
	assert_int_equal(utf8_char("\xf4\x8f\xbf\xbf", 4), 4);
	assert_true(utf8_valid("na\xc3\xafve \xe2\x82\xac", 10));
	assert_true(utf8_valid("", 0));
}

static void what_is_none_is_refused(void **state)
{
	static const char *const none[] = {
		"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xe0\xa0",
		"\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
		"\xff", "\xe1\x80\x41",
	};

	(void)state;
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		assert_int_equal(utf8_char(none[i], strlen(none[i])), 0);
		assert_false(utf8_valid(none[i], strlen(none[i])));
	}
	assert_int_equal(utf8_char("", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_sequences_have_their_length),
		cmocka_unit_test(what_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
