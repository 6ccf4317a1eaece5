// link: component/deadline.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "component/deadline.h"

#define OBJECTS 300
#define STEPS 20000

struct object {
	struct deadline deadline;
	int64_t expected;      /* -1: not set */
	unsigned fired;
};

static struct deadlines all;
static struct object objects[OBJECTS];
static int64_t last_fired;

static void on_fire(struct deadline *d)
{
	struct object *o = (struct object *)(void *)d;

	assert_int_equal(d->place, 0);
	assert_int_equal(d->at, o->expected);
	assert_true(d->at >= last_fired);
	last_fired = d->at;
	o->expected = -1;
	o->fired++;
}

static int64_t earliest(void)
{
	int64_t least = -1;

	for (int i = 0; i < OBJECTS; i++) {
		int64_t at = objects[i].expected;

		if (at >= 0 && (least < 0 || at < least))
			least = at;
	}
	return least;
}

static void run_until(int64_t now)
{
	last_fired = -1;
	deadlines_run(&all, now);
	for (int i = 0; i < OBJECTS; i++)
		assert_true(objects[i].expected < 0 || objects[i].expected > now);
}

/* Against the same kept in a plain array. */
static void sets_moves_and_clears_as_an_array_would(void **state)
{
	int64_t now = 0;

	(void)state;
	srand(1);
	for (int i = 0; i < OBJECTS; i++)
		objects[i] = (struct object){ { .fire = on_fire }, -1, 0 };
	for (int step = 0; step < STEPS; step++) {
		struct object *o = &objects[rand() % OBJECTS];

		if (rand() % 4 == 0) {
			o->expected = -1;
			deadline_clear(&all, &o->deadline);
		} else {
			o->expected = now + rand() % 1000;
			deadline_set(&all, &o->deadline, o->expected);
		}
		assert_int_equal(deadlines_next(&all), earliest());
		if (step % 50 == 0)
			run_until(now += rand() % 200);
	}
	run_until(now + 1000);
	assert_int_equal(deadlines_next(&all), -1);
	deadlines_free(&all);
}

static struct object again;

static void set_again(struct deadline *d)
{
	if (++again.fired < 3)
		deadline_set(&all, d, d->at + 10);
}

static void one_that_is_due_may_set_itself_again(void **state)
{
	(void)state;
	again.deadline.fire = set_again;
	deadline_set(&all, &again.deadline, 5);
	deadlines_run(&all, 4);
	assert_int_equal(again.fired, 0);
	deadlines_run(&all, 15);
	assert_int_equal(again.fired, 2);
	assert_int_equal(deadlines_next(&all), 25);
	deadlines_run(&all, 25);
	assert_int_equal(again.fired, 3);
	assert_int_equal(deadlines_next(&all), -1);
	deadline_clear(&all, &again.deadline);
	deadlines_free(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_moves_and_clears_as_an_array_would),
		cmocka_unit_test(one_that_is_due_may_set_itself_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
