#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"

static const int64_t hour = 3600 * 1000, day = 24 * 3600 * 1000;

/* So long the machine has slept: only these two clocks know. */
static time_t slept_s;

int clock_gettime(clockid_t id, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, id, ts);

	if (id == CLOCK_REALTIME || id == CLOCK_BOOTTIME)
		ts->tv_sec += slept_s;
	return rc;
}

static void formats(void **state)
{
	char text[CLOCK_STRING];

	(void)state;
	assert_string_equal(clock_format(0, text), "1970-01-01T00:00:00.000Z");
	assert_string_equal(clock_format(1767323045678, text), "2026-01-02T03:04:05.678Z");
	assert_string_equal(clock_format(951782400000, text), "2000-02-29T00:00:00.000Z");
	assert_string_equal(clock_format(951868799999, text), "2000-02-29T23:59:59.999Z");
	assert_string_equal(clock_format(4107542400000, text), "2100-03-01T00:00:00.000Z");
	assert_string_equal(clock_format(-1, text), "1969-12-31T23:59:59.999Z");
	/* The first and the last moment that have four digits of a year. */
	assert_string_equal(clock_format(-62167219200000, text), "0000-01-01T00:00:00.000Z");
	assert_string_equal(clock_format(-62167219200001, text), "1970-01-01T00:00:00.000Z");
	assert_string_equal(clock_format(253402300799999, text), "9999-12-31T23:59:59.999Z");
	assert_string_equal(clock_format(253402300800000, text), "1970-01-01T00:00:00.000Z");
}

static void reads_what_it_formats(void **state)
{
	char text[CLOCK_STRING];
	int64_t time, read;

	(void)state;
	for (time = 1; time < 200 * 365 * day; time += 997 * hour + 7) {
		assert_true(clock_parse(clock_format(time, text), &read));
		assert_int_equal(read, time);
	}
}

/* What is written is as the C library has it, and reads back: each day of these years. */
static void each_day_reads_back(void **state)
{
	int64_t first = -62167219200000, last = 253402300799999, read;
	char text[CLOCK_STRING], date[16];
	struct tm tm;

	(void)state;
	for (int64_t at = first; at < last; at += day) {
		time_t seconds = at / 1000;

		assert_true(clock_parse(clock_format(at, text), &read));
		assert_int_equal(read, at);
		gmtime_r(&seconds, &tm);
		snprintf(date, sizeof date, "%04d-%02d-%02d", (tm.tm_year + 1900) % 10000,
		         (tm.tm_mon + 1) % 100, tm.tm_mday % 100);
		assert_memory_equal(text, date, 10);
	}
}

static void reads_the_forms_of_xep_0082(void **state)
{
	static const struct { const char *text; int64_t time; } good[] = {
		{ "2026-01-02T03:04:05Z", 1767323045000 },
		{ "2026-01-02T03:04:05.6Z", 1767323045600 },
		{ "2026-01-02T03:04:05.678912Z", 1767323045678 },
		{ "2026-01-02T05:04:05+02:00", 1767323045000 },
		{ "2026-01-01T21:34:05-05:30", 1767323045000 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		int64_t time = -1;

		assert_true(clock_parse(good[i].text, &time));
		assert_int_equal(time, good[i].time);
	}
}

static void refuses_what_is_no_time(void **state)
{
	static const char *const bad[] = {
		"", "now", "2026-01-02", "2026-01-02T03:04:05", "2026-13-02T03:04:05Z",
		"2026-02-29T03:04:05Z", "2026-01-02T24:04:05Z", "2026-01-02T03:60:05Z",
		"2026-01-02T03:04:05.Z", "2026-01-02T03:04:05Zx", "2026-01-02 03:04:05Z",
		"+026-01-02T03:04:05Z", "2026-01-02T03:04:05+02",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		int64_t time = 42;

		if (clock_parse(bad[i], &time))
			fail_msg("%s was read as a time", bad[i]);
		assert_int_equal(time, 42);
	}
}

static void stands_where_a_test_says(void **state)
{
	(void)state;
	clock_set(1000, 2000);
	assert_int_equal(clock_mono_ms(), 1000);
	assert_int_equal(clock_wall_ms(), 2000);
	clock_set(-1, 2000);
	assert_int_equal(clock_wall_ms(), 2000);
	clock_set(-1, -1);
	assert_true(clock_wall_ms() > 1767323045678);
}

static void goes_on_while_the_machine_sleeps(void **state)
{
	int64_t before = clock_mono_ms();

	(void)state;
	slept_s = 86400;
	assert_true(clock_mono_ms() - before >= 86400000);
	slept_s = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats),
		cmocka_unit_test(reads_what_it_formats),
		cmocka_unit_test(each_day_reads_back),
		cmocka_unit_test(reads_the_forms_of_xep_0082),
		cmocka_unit_test(refuses_what_is_no_time),
		cmocka_unit_test(stands_where_a_test_says),
		cmocka_unit_test(goes_on_while_the_machine_sleeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
