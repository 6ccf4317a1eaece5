// link: component/device.o component/record.o component/names.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "component/device.h"

static void add(struct devices *all, const char *jid)
{
	struct record rec;

	device_record(&rec, jid, 1000);
	device_apply(all, rec.values);
}

static void rows_change_what_they_name(void **state)
{
	struct devices all = { 0 };
	const struct device *d;
	struct record rec;

	(void)state;
	device_record(&rec, "m@example.com", 1000);
	record_text(&rec, DEV_UNIT, "acme");
	record_text(&rec, DEV_ONLINE, "true");
	record_time(&rec, DEV_SINCE, 5000);
	for (unsigned i = 0; i < MFP_FACTS; i++)
		record_text(&rec, DEV_FACTS + i, mfp_fact_names[i]);
	record_text(&rec, DEV_SUPPLIES, "<supplies/>");
	device_apply(&all, rec.values);
	d = device_find(&all, "m@example.com");
	assert_non_null(d);
	assert_true(d->online);
	assert_int_equal(d->since, 5000);
	for (unsigned i = 0; i < MFP_FACTS; i++)
		assert_string_equal(d->facts[i], mfp_fact_names[i]);

	device_record(&rec, "m@example.com", 2000);
	record_text(&rec, DEV_ONLINE, "false");
	record_text(&rec, DEV_FACTS, "");
	record_time(&rec, DEV_TAKEN, 7000);
	device_apply(&all, rec.values);
	assert_int_equal(all.n, 1);
	assert_false(d->online);
	assert_null(d->facts[0]);
	assert_string_equal(d->facts[1], mfp_fact_names[1]);
	assert_string_equal(d->unit, "acme");
	assert_string_equal(d->supplies, "<supplies/>");
	assert_int_equal(d->since, 5000);
	assert_int_equal(d->taken, 7000);
	devices_free(&all);
	assert_null(device_find(&all, "m@example.com"));
}

/* The columns on disk are named as the facts are on the wire. */
static void columns_bear_the_names_of_the_facts(void **state)
{
	(void)state;
	assert_int_equal(device_schema.n_columns, DEV_COLUMNS);
	for (unsigned i = 0; i < MFP_FACTS; i++)
		assert_string_equal(device_schema.columns[DEV_FACTS + i], mfp_fact_names[i]);
	assert_string_equal(device_schema.columns[DEV_CLIENT], "client");
	assert_string_equal(device_schema.columns[DEV_STATUS], "status");
}

static void they_are_sorted_by_jid(void **state)
{
	struct devices all = { 0 };
	char jid[40];

	(void)state;
	for (unsigned i = 0; i < 500; i++) {
		snprintf(jid, sizeof jid, "m%03u@example.com", i * 7919 % 500);
		add(&all, jid);
	}
	assert_int_equal(all.n, 500);
	for (size_t i = 0; i < all.n; i++) {
		snprintf(jid, sizeof jid, "m%03zu@example.com", i);
		assert_string_equal(all.sorted[i]->jid, jid);
		assert_int_equal(device_after(&all, jid), i + 1);
		jid[4] = '!';       /* just below it */
		assert_int_equal(device_after(&all, jid), i);
	}
	assert_int_equal(device_after(&all, ""), 0);
	assert_int_equal(device_after(&all, "z"), 500);
	devices_free(&all);
	assert_int_equal(device_after(&all, "z"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_change_what_they_name),
		cmocka_unit_test(columns_bear_the_names_of_the_facts),
		cmocka_unit_test(they_are_sorted_by_jid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
