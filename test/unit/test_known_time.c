// link: device/known_time.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/mem.h"
#include "device/known_time.h"

#define DAY INT64_C(86400)

static char dir[64], *path;
static int64_t built;

static int set_up(void **state)
{
	(void)state;
	built = known_time(NULL);
	snprintf(dir, sizeof dir, "/tmp/platen-test-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	path = mem_printf("%s/lock", dir);
	return close(creat(path, 0600));
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	free(path);
	return rmdir(dir);
}

static void set_time(int64_t s)
{
	const struct timespec times[2] = { { .tv_sec = s }, { .tv_sec = s } };

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void test_it_is_the_newest_that_can_be_believed(void **state)
{
	(void)state;
	assert_true(built > 1767225600);         /* 2026 */
	set_time(0);
	assert_int_equal(known_time(dir), built);
	set_time(built + 100 * DAY);
	assert_int_equal(known_time(dir), built + 100 * DAY);
	set_time(built + 100 * 365 * DAY);
	assert_int_equal(known_time(dir), built);
	assert_int_equal(known_time("/nowhere"), built);
}

static void test_it_is_noted_once_in_a_week(void **state)
{
	const int64_t now = built + 100 * DAY;

	(void)state;
	set_time(0);
	known_time_note(dir, now * 1000 + 999);
	assert_int_equal(known_time(dir), now);
	known_time_note(dir, (now + 6 * DAY) * 1000);
	assert_int_equal(known_time(dir), now);
	known_time_note(dir, (now + 8 * DAY) * 1000);
	assert_int_equal(known_time(dir), now + 8 * DAY);
	/* A component whose clock was wrong. */
	set_time(built + 3650 * DAY);
	known_time_note(dir, now * 1000);
	assert_int_equal(known_time(dir), now);
	known_time_note("/nowhere", now * 1000);
	known_time_note(NULL, now * 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_it_is_the_newest_that_can_be_believed, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(test_it_is_noted_once_in_a_week, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
