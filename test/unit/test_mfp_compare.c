#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem.h"
#include "common/mfp_compare.h"

static void add(struct mfp *m, const char *name, const char *index, int64_t value)
{
	struct mfp_counter *c = mfp_add_counter(m);

	c->name = mem_strdup(name);
	c->index = mem_strdup(index);
	c->value = (struct mfp_number){ value >= 0, value };
}

static void add_unit(struct mfp *m, const char *name, const char *unit, int64_t value)
{
	add(m, name, NULL, value);
	m->counters[m->n_counters - 1].unit = mem_strdup(unit);
}

static void note(void *arg, const struct mfp_counter *was, const struct mfp_counter *is)
{
	char **told = arg, *longer;

	longer = mem_printf("%s%s %s %d %d;", *told == NULL ? "" : *told, is->name,
	                    is->index == NULL ? "-" : is->index, (int)was->value.value,
	                    (int)is->value.value);
	free(*told);
	*told = longer;
}

static void only_what_is_lower_than_it_was_is_told(void **state)
{
	struct mfp was = { 0 }, is = { 0 };
	char *told = NULL;

	(void)state;
	add(&was, "life", "1.1", 100);
	add(&was, "life", "1.2", 200);
	add(&was, "scan", NULL, 30);
	add(&was, "fax", NULL, -1);
	add(&was, "copy", NULL, 40);
	add(&was, "gone", NULL, 50);
	add(&was, "marker-power-on-count", "1.1", 60);
	add(&is, "scan", NULL, 29);
	add(&is, "life", "1.2", 199);
	add(&is, "life", "1.1", 100);
	add(&is, "fax", NULL, 1);
	add(&is, "copy", NULL, -1);
	add(&is, "new", NULL, 0);
	add(&is, "scan", "1.1", 1);
	add(&is, "marker-power-on-count", "1.1", 0);
	mfp_compare_counters(&was, &is, note, &told);
	assert_string_equal(told, "scan - 30 29;life 1.2 200 199;");
	free(told);
	mfp_clear(&was);
	mfp_clear(&is);
}

/* A printer may count its pages and its sheets under one name. */
static void what_is_counted_tells_counters_apart(void **state)
{
	struct mfp was = { 0 }, is = { 0 };
	char *told = NULL;

	(void)state;
	add_unit(&was, "life", "impressions", 200);
	add_unit(&was, "life", "sheets", 100);
	add_unit(&is, "life", "sheets", 101);
	add_unit(&is, "life", "impressions", 199);
	add_unit(&is, "life", "hours", 1);
	mfp_compare_counters(&was, &is, note, &told);
	assert_string_equal(told, "life - 200 199;");
	free(told);
	mfp_clear(&was);
	mfp_clear(&is);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_counted_tells_counters_apart),
		cmocka_unit_test(only_what_is_lower_than_it_was_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
