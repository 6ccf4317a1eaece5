#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/crc32c.h"

/* The check value of the catalogues, and RFC 3720 B.4. */
static void known_sums_come_out(void **state)
{
	unsigned char bytes[32];

	(void)state;
	assert_int_equal(crc32c("", 0), 0);
	assert_int_equal(crc32c("123456789", 9), 0xe3069283);
	memset(bytes, 0, sizeof bytes);
	assert_int_equal(crc32c(bytes, sizeof bytes), 0x8a9136aa);
	memset(bytes, 0xff, sizeof bytes);
	assert_int_equal(crc32c(bytes, sizeof bytes), 0x62a8ab43);
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)i;
	assert_int_equal(crc32c(bytes, sizeof bytes), 0x46dd794e);
}

static void every_single_bit_counts(void **state)
{
	unsigned char bytes[27] = "a row of some table";
	uint32_t good = crc32c(bytes, sizeof bytes);

	(void)state;
	for (size_t i = 0; i < sizeof bytes * 8; i++) {
		bytes[i / 8] ^= (unsigned char)(1 << i % 8);
		assert_int_not_equal(crc32c(bytes, sizeof bytes), good);
		bytes[i / 8] ^= (unsigned char)(1 << i % 8);
	}
}

/* With the processor's instruction or without it, from any length and place. */
static void both_ways_say_the_same(void **state)
{
	unsigned char bytes[100];

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)(i * 37 + 11);
	for (size_t from = 0; from < 8; from++) {
		for (size_t n = 0; n + from <= sizeof bytes; n++)
			assert_int_equal(crc32c(bytes + from, n),
			                 ~crc32c_by_tables(0xffffffff, bytes + from, n));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_sums_come_out),
		cmocka_unit_test(every_single_bit_counts),
		cmocka_unit_test(both_ways_say_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
