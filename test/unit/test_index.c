// link: component/index.o
/* The index against a list of all that is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "component/index.h"

#define HASHES 400
#define NUMBERS 300
#define STEPS 200000

static unsigned seed = 1;

static unsigned dice(unsigned sides)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % sides;
}

static size_t count(const struct index *x, uint32_t hash)
{
	size_t n = 0;
	uint32_t number;

	while (index_get(x, hash, n, &number))
		n++;
	return n;
}

static bool has(const struct index *x, uint32_t hash, uint32_t wanted)
{
	uint32_t number;

	for (size_t i = 0; index_get(x, hash, i, &number); i++) {
		if (number == wanted)
			return true;
	}
	return false;
}

static void of_nothing_nothing_is_found(void **state)
{
	struct index x = { 0 };
	uint32_t number;

	(void)state;
	assert_false(index_get(&x, 0, 0, &number));
	index_add(&x, 0, 0);
	assert_true(index_get(&x, 0, 0, &number));
	assert_int_equal(number, 0);
	assert_false(index_get(&x, 0, 1, &number));
	index_remove(&x, 0, 0);
	assert_false(index_get(&x, 0, 0, &number));
	assert_int_equal(x.n + x.used, 0);
	index_free(&x);
}

/* Hashes that want the same places, up to the table's end and around it. */
static uint32_t some_hash(void)
{
	uint32_t which = dice(HASHES);

	return which % 4 == 0 ? which << 16 : which % 4 == 1 ? UINT32_MAX - which : which / 8;
}

static void it_holds_what_was_added_and_not_removed(void **state)
{
	static struct { uint32_t hash, number; } held[4 * HASHES];
	struct index x = { 0 };
	size_t n = 0, shared = 0;

	(void)state;
	for (int i = 0; i < STEPS; i++) {
		/* It grows and shrinks by turns. */
		bool adds = dice(10) < (i / 5000 % 2 == 0 ? 6 : 4);

		if (adds && n < sizeof held / sizeof *held) {
			uint32_t hash = some_hash(), number = dice(NUMBERS);

			if (has(&x, hash, number))
				continue;
			index_add(&x, hash, number);
			held[n].hash = hash;
			held[n++].number = number;
			shared += count(&x, hash) > 1;
		} else if (!adds && n > 0) {
			size_t which = dice((unsigned)n);

			index_remove(&x, held[which].hash, held[which].number);
			assert_false(has(&x, held[which].hash, held[which].number));
			held[which] = held[--n];
		}
		assert_int_equal(x.n, n);
		if (i % 500 != 0)
			continue;
		for (size_t k = 0; k < n; k++)
			assert_true(has(&x, held[k].hash, held[k].number));
		for (uint32_t hash = 0, all = 0; hash <= HASHES; hash++, all = 0) {
			for (size_t k = 0; k < n; k++)
				all += held[k].hash == hash;
			assert_int_equal(count(&x, hash), all);
		}
	}
	assert_true(shared > 1000);
	assert_true(4 * x.used <= 3 * x.room);
	index_free(&x);
}

/* Of a million things that came and went, and of one hash that many had, nothing stays. */
static void what_is_gone_takes_no_place(void **state)
{
	struct index x = { 0 };
	size_t room;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		index_add(&x, 7, i);
	assert_int_equal(x.used, 1);
	assert_int_equal(x.n_lists, 1);
	assert_int_equal(count(&x, 7), 1000);
	for (uint32_t i = 0; i < 1000; i++)
		index_remove(&x, 7, i);
	assert_int_equal(x.used, 0);
	room = x.room;
	for (uint32_t i = 0; i < 100000; i++) {
		index_add(&x, i * 2654435761u, i);
		index_add(&x, i * 2654435761u, i + 1);
		index_remove(&x, i * 2654435761u, i);
		index_remove(&x, i * 2654435761u, i + 1);
	}
	assert_int_equal(x.room, room);
	assert_int_equal(x.n_lists, 1);
	assert_int_equal(x.n, 0);
	index_free(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_nothing_nothing_is_found),
		cmocka_unit_test(it_holds_what_was_added_and_not_removed),
		cmocka_unit_test(what_is_gone_takes_no_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
