// link: component/quota.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "component/quota.h"

#define NOW INT64_C(1000003)

/* How many fit at once. */
static unsigned drain(struct bucket *b, int64_t rate, int64_t now)
{
	unsigned n = 0;

	for (; bucket_has(b, rate, now); n++)
		bucket_take(b);
	return n;
}

static void a_bucket_holds_ten_seconds(void **state)
{
	struct bucket b = { 0 };

	(void)state;
	assert_int_equal(drain(&b, 5, NOW), 50);
	assert_int_equal(drain(&b, 5, NOW), 0);
	assert_int_equal(drain(&b, 5, NOW + 199), 0);
	assert_int_equal(drain(&b, 5, NOW + 200), 1);
	assert_int_equal(drain(&b, 5, NOW + 1200), 5);
	assert_int_equal(drain(&b, 5, NOW + 11199), 49);
	assert_int_equal(drain(&b, 5, NOW + 1000000), 50);
	assert_int_equal(drain(&b, 5, INT64_MAX), 50);
}

/* Asking often loses nothing of what comes in between. */
static void small_steps_add_up(void **state)
{
	struct bucket b = { 0 };
	unsigned n;

	(void)state;
	n = drain(&b, 3, NOW);
	for (int64_t ms = 1; ms <= 10000; ms++)
		n += drain(&b, 3, NOW + ms);
	assert_int_equal(n, 30 + 30);
}

static void operators_are_counted_apart(void **state)
{
	struct quotas all = { 0 };

	(void)state;
	quota_opened(&all, "a@x");
	quota_opened(&all, "a@x");
	quota_opened(&all, "b@x");
	quota_opened(&all, NULL);
	quota_closed(&all, "a@x");
	quota_closed(&all, NULL);
	assert_int_equal(quota_of(&all, "a@x", 1, NOW)->n_open, 1);
	assert_int_equal(quota_of(&all, "b@x", 1, NOW)->n_open, 1);
	assert_int_equal(quota_of(&all, "c@x", 1, NOW)->n_open, 0);
	quotas_free(&all);
	assert_null(all.by_operator);
}

/* A glob may let anybody be one: who is idle is not remembered for ever. */
static void idle_operators_are_forgotten(void **state)
{
	struct quotas all = { 0 };
	char name[32];

	(void)state;
	quota_opened(&all, "busy@x");
	quota_of(&all, "flood@x", 1, NOW)->denials.suppressed = 7;
	for (int i = 0; i < 10000; i++) {
		snprintf(name, sizeof name, "o%d@x", i);
		bucket_take(&quota_of(&all, name, 1, NOW + i * 1000)->submits);
	}
	assert_in_range(HASH_COUNT(all.by_operator), 1, 1100);
	assert_int_equal(quota_of(&all, "busy@x", 1, NOW)->n_open, 1);
	assert_int_equal(quota_of(&all, "flood@x", 1, NOW)->denials.suppressed, 7);
	quotas_free(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bucket_holds_ten_seconds),
		cmocka_unit_test(small_steps_add_up),
		cmocka_unit_test(operators_are_counted_apart),
		cmocka_unit_test(idle_operators_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
