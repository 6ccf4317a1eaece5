// link: device/records.o
/* Strings of records, whole and hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "device/records.h"

#define MISSING (-1)

/* On the heap, to the byte: a reader that goes too far is seen under a sanitizer. */
static int64_t find(const char *bytes, size_t len, unsigned tag)
{
	char *copy = malloc(len + 1);
	int64_t value = MISSING;

	assert_non_null(copy);
	memmove(copy + 1, bytes, len);
	if (!records_find(copy + 1, len, tag, &value))
		value = MISSING;
	free(copy);
	return value;
}

#define FIND(text, tag) find(text, sizeof text - 1, tag)

static void test_what_is_there_is_found(void **state)
{
	static const char text[] = "\x00\x01\x04\x00\x00\x23\xa0" "\x02\x01\x04\x00\x00\x14\x1e"
	                           "\x31\x02\x01\x07" "\x32\x01\x02\xff\xff" "\xff\xff\xff";

	(void)state;
	assert_int_equal(FIND(text, 0x00), 9120);
	assert_int_equal(FIND(text, 0x02), 5150);
	assert_int_equal(FIND(text, 0x31), 7);
	assert_int_equal(FIND(text, 0x32), 65535);
	assert_int_equal(FIND(text, 0x01), MISSING);
	assert_int_equal(FIND(text, 0x23), MISSING);
}

static void test_the_first_of_two_counts(void **state)
{
	(void)state;
	assert_int_equal(FIND("\x01\x01\x01\x05" "\x01\x01\x01\x06", 1), 5);
}

static void test_what_is_cut_is_not_there(void **state)
{
	(void)state;
	assert_int_equal(find("", 0, 0), MISSING);
	assert_int_equal(FIND("\x01", 1), MISSING);
	assert_int_equal(FIND("\x01\x01", 1), MISSING);
	assert_int_equal(FIND("\x01\x01\x04", 1), MISSING);
	assert_int_equal(FIND("\x01\x01\x04\x00\x00\x00", 1), MISSING);
	assert_int_equal(FIND("\x01\x01\xff\x00\x00\x00\x01", 1), MISSING);
	assert_int_equal(FIND("\x02\x01\xff\x00\x01\x01\x01\x05", 1), MISSING);
	assert_int_equal(FIND("\x02\x01\x01\x00" "\x01\x01\x01\x05", 1), 5);
}

static void test_the_padding_ends_it(void **state)
{
	(void)state;
	assert_int_equal(FIND("\xff\x01\x01\x05" "\x01\x01\x01\x05", 1), MISSING);
	assert_int_equal(FIND("\xff\x01\x01\x05", RECORDS_END), MISSING);
}

static void test_numbers_have_63_bits(void **state)
{
	(void)state;
	assert_int_equal(FIND("\x01\x01\x08\x7f\xff\xff\xff\xff\xff\xff\xff", 1), INT64_MAX);
	assert_int_equal(FIND("\x01\x01\x08\x80\x00\x00\x00\x00\x00\x00\x00", 1), MISSING);
	assert_int_equal(FIND("\x01\x01\x09\x00\x00\x00\x00\x00\x00\x00\x00\x09", 1), 9);
	assert_int_equal(FIND("\x01\x01\x09\x01\x00\x00\x00\x00\x00\x00\x00\x00", 1), MISSING);
	assert_int_equal(FIND("\x01\x01\x00" "\x02\x01\x01\x05", 1), MISSING);
	assert_int_equal(FIND("\x01\x01\x00" "\x02\x01\x01\x05", 2), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_there_is_found),
		cmocka_unit_test(test_the_first_of_two_counts),
		cmocka_unit_test(test_what_is_cut_is_not_there),
		cmocka_unit_test(test_the_padding_ends_it),
		cmocka_unit_test(test_numbers_have_63_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
