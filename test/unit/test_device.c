// link: component/device.o component/index.o component/names.o component/record.o component/texts.o
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
		assert_string_equal(device_fact(d, i), mfp_fact_names[i]);

	device_record(&rec, "m@example.com", 2000);
	record_text(&rec, DEV_ONLINE, "false");
	record_text(&rec, DEV_FACTS, "");
	record_time(&rec, DEV_TAKEN, 7000);
	device_apply(&all, rec.values);
	assert_int_equal(all.n, 1);
	assert_false(d->online);
	assert_null(device_fact(d, 0));
	assert_string_equal(device_fact(d, 1), mfp_fact_names[1]);
	assert_string_equal(device_text(d, DEV_UNIT), "acme");
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
		assert_string_equal(device_sorted(&all)[i]->jid, jid);
		assert_int_equal(device_after(&all, jid), i + 1);
		jid[4] = '!';       /* just below it */
		assert_int_equal(device_after(&all, jid), i);
	}
	assert_int_equal(device_after(&all, ""), 0);
	assert_int_equal(device_after(&all, "z"), 500);
	devices_free(&all);
	assert_int_equal(device_after(&all, "z"), 0);
}

/* Whoever comes between two questions is put in where he belongs. */
static void they_stay_sorted_as_more_come(void **state)
{
	struct devices all = { 0 };
	char jid[40];
	unsigned n = 0;

	(void)state;
	for (unsigned more = 1; n < 3000; more = more * 3 % 101 + 1) {
		for (unsigned i = 0; i < more && n < 3000; i++, n++) {
			snprintf(jid, sizeof jid, "m%04u@example.com", n * 7919 % 3001);
			add(&all, jid);
		}
		for (size_t i = 1; i < all.n; i++)
			assert_true(strcmp(device_sorted(&all)[i - 1]->jid, device_sorted(&all)[i]->jid) < 0);
		assert_ptr_equal(device_sorted(&all)[device_after(&all, jid) - 1],
		                 device_find(&all, jid));
	}
	devices_free(&all);
}

static void work_goes_when_there_is_none(void **state)
{
	struct devices all = { 0 };
	struct device *d;

	(void)state;
	add(&all, "m@example.com");
	d = device_find(&all, "m@example.com");
	assert_null(device_queue(d));
	assert_int_equal(device_n_open(d) + device_in_flight(d), 0);
	device_rest(d);
	device_work(d)->stalled = true;
	assert_ptr_equal(device_work(d)->device, d);
	device_rest(d);
	assert_non_null(d->work);
	d->work->stalled = false;
	device_rest(d);
	assert_null(d->work);
	device_work(d);
	devices_free(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_change_what_they_name),
		cmocka_unit_test(columns_bear_the_names_of_the_facts),
		cmocka_unit_test(they_are_sorted_by_jid),
		cmocka_unit_test(they_stay_sorted_as_more_come),
		cmocka_unit_test(work_goes_when_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
