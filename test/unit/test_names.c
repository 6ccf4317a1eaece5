// link: component/device.o component/index.o component/names.o component/record.o component/texts.o
/* The index of names against looking at every device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "component/device.h"
#include "component/names.h"

#define DEVICES 200
#define STEPS 20000

static struct devices all;
static unsigned seed = 1;

static unsigned dice(unsigned sides)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % sides;
}

static void set(const char *jid, unsigned fact, const char *value)
{
	struct record rec;

	device_record(&rec, jid, 1);
	record_text(&rec, DEV_FACTS + fact, value);
	device_apply(&all, rec.values);
}

static size_t found(const char *text)
{
	struct names_walk walk;
	size_t n = 0;

	names_begin(&walk, &all, text);
	while (names_next(&walk) != NULL)
		n++;
	return n;
}

static size_t counted(const char *text)
{
	size_t n = 0;

	for (size_t i = 0; i < all.n; i++)
		n += names_is(all.all[i], text);
	return n;
}

static int forget(void **state)
{
	(void)state;
	devices_free(&all);
	return 0;
}

/* Few values, so that many devices share one, and one device has one twice. */
static void some_name(char text[32])
{
	static const struct { const char *before, *behind; } forms[] = {
		{ "n", "" }, { "N", " " }, { "", ":00" }, { "", "-00" }, { " ", "00" }, { " n", "." },
	};
	unsigned form = dice(7);

	*text = '\0';
	if (form < 6)
		snprintf(text, 32, "%s%02u%s", forms[form].before, dice(40), forms[form].behind);
}

static void it_finds_what_a_walk_finds(void **state)
{
	static const unsigned facts[] = { FACT_SERIAL, FACT_MAC, FACT_NAME, FACT_ADDRESS, FACT_HOST };
	char jid[32], text[32];
	size_t hits = 0, n;

	(void)state;
	for (int i = 0; i < STEPS; i++) {
		snprintf(jid, sizeof jid, "n%02u@x", dice(DEVICES));
		some_name(text);
		set(jid, facts[dice(5)], text);
		some_name(text);
		n = counted(text);
		hits += n;
		if (found(text) != n)
			fail_msg("step %d: \"%s\" names %zu, found are %zu", i, text, n, found(text));
	}
	assert_true(hits > STEPS);
}

static void a_name_that_is_gone_takes_no_place(void **state)
{
	size_t n;

	(void)state;
	set("a@x", FACT_NAME, "Hall");
	n = all.by_name.n;
	for (int i = 0; i < 1000; i++) {
		set("a@x", FACT_NAME, i % 2 ? "Hall" : "A");
		assert_int_equal(found("a"), 1);
		assert_int_equal(found("hall"), i % 2);
	}
	assert_int_equal(all.by_name.n, n);
	set("a@x", FACT_NAME, "");
	assert_int_equal(all.by_name.n, 1);
}

/* What is the same text or the same MAC is one device all the same. */
static void one_device_is_found_once(void **state)
{
	(void)state;
	set("02005e100001@x", FACT_MAC, "02:00:5e:10:00:01");
	set("02005e100001@x", FACT_NAME, "02:00:5E:10:00:01");
	assert_int_equal(found("02:00:5e:10:00:01"), 1);
	assert_int_equal(found("02005e100001"), 1);
	assert_int_equal(found("0200.5e10.0001"), 1);
	assert_int_equal(found("02005e10000"), 0);
	assert_int_equal(found(":"), 0);
	assert_int_equal(found(""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(it_finds_what_a_walk_finds, forget),
		cmocka_unit_test_teardown(a_name_that_is_gone_takes_no_place, forget),
		cmocka_unit_test_teardown(one_device_is_found_once, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
