// link: component/columns.o
/* The texts of a row's columns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/mem.h"
#include "component/columns.h"

#define N 4

static void rows_set_replace_and_empty_columns(void **state)
{
	static const char *const first[N] = { "key", "one", NULL, "three" };
	static const char *const second[N] = { "key", NULL, "two", "" };
	const char *columns[N] = { NULL };
	struct columns_memory t = { 0 };

	(void)state;
	columns_apply(&t, columns, N, first);
	assert_string_equal(columns[1], "one");
	assert_null(columns[2]);
	assert_string_equal(columns[3], "three");
	columns_apply(&t, columns, N, second);
	assert_string_equal(columns[0], "key");
	assert_string_equal(columns[1], "one");
	assert_string_equal(columns[2], "two");
	assert_null(columns[3]);
	columns_free(&t);
}

/* A row may say what the table says. */
static void a_value_may_be_one_of_its_own(void **state)
{
	const char *columns[N] = { NULL }, *row[N] = { "key", NULL, NULL, NULL };
	struct columns_memory t = { 0 };

	(void)state;
	columns_apply(&t, columns, N, row);
	for (unsigned i = 0; i < 1000; i++) {
		row[i % 3 + 1] = columns[i % 2 * 2];
		columns_apply(&t, columns, N, row);
		row[i % 3 + 1] = NULL;
		assert_string_equal(columns[0], "key");
	}
	columns_free(&t);
}

/* What many rows have replaced is not kept. */
static void memory_stays_within_bounds(void **state)
{
	const char *columns[N] = { NULL };
	struct columns_memory t = { 0 };
	char value[100];

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		const char *row[N] = { "key", value, i % 7 == 0 ? "" : NULL, i % 3 == 0 ? value : NULL };

		memset(value, 'a' + (int)(i % 26), sizeof value);
		value[i % sizeof value] = '\0';
		columns_apply(&t, columns, N, row);
		assert_true(columns[1] == NULL ? *value == '\0' : strcmp(columns[1], value) == 0);
		assert_true(t.size < 1000);
	}
	columns_free(&t);
}

static void shrinking_leaves_what_is_named(void **state)
{
	char *large = mem_zero(1, 5000);
	const char *columns[N] = { NULL }, *row[N] = { "key", large, "two", NULL };
	struct columns_memory t = { 0 };

	(void)state;
	memset(large, 'x', 4999);
	columns_apply(&t, columns, N, row);
	assert_int_equal(strlen(columns[1]), 4999);
	columns[1] = NULL;
	columns_shrink(&t, columns, N);
	assert_true(t.size < 20);
	assert_string_equal(columns[0], "key");
	assert_string_equal(columns[2], "two");
	columns[0] = columns[2] = NULL;
	columns_shrink(&t, columns, N);
	columns_free(&t);
	free(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_set_replace_and_empty_columns),
		cmocka_unit_test(a_value_may_be_one_of_its_own),
		cmocka_unit_test(memory_stays_within_bounds),
		cmocka_unit_test(shrinking_leaves_what_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
