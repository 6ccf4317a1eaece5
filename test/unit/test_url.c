// link: device/url.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "device/url.h"

static void check(const char *text, const char *shown)
{
	char copy[200];

	snprintf(copy, sizeof copy, "%s", text);
	assert_string_equal(url_hide(copy), shown);
}

static void test_no_user_and_no_password_is_shown(void **state)
{
	(void)state;
	check("no syntax in 'http://u:TOP@h:99999' or ftp://x@y", "no syntax in 'http://*****@h:99999' or ftp://*@y");
	check("http://u:p@ss@h", "http://******@h");
	check("http://u@h", "http://*@h");
}

static void test_other_texts_stay(void **state)
{
	static const char *const texts[] = {
		"", "://", "http://h:3128/path", "a@b", "mail a@b by http://h", "http://@h",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		check(texts[i], texts[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_user_and_no_password_is_shown),
		cmocka_unit_test(test_other_texts_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
