// link: component/texts.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/table.h"
#include "component/texts.h"

#define ALL ((UINT64_C(1) << TABLE_COLUMNS) - 1)

static void check(const char *texts, const char *const *expected)
{
	const char *values[TABLE_COLUMNS];

	texts_list(texts, values, TABLE_COLUMNS);
	for (unsigned i = 0; i < TABLE_COLUMNS; i++) {
		const char *is = texts_get(texts, i);

		assert_ptr_equal(is, values[i]);
		if (expected[i] == NULL)
			assert_null(is);
		else
			assert_string_equal(is, expected[i]);
	}
}

static void rows_change_what_they_name(void **state)
{
	const char *row[TABLE_COLUMNS] = { NULL }, *expected[TABLE_COLUMNS] = { NULL };
	char *texts = NULL;

	(void)state;
	texts_apply(&texts, row, ALL);
	assert_null(texts);
	row[3] = expected[3] = "three";
	row[47] = expected[47] = "the last one";
	row[5] = "";
	texts_apply(&texts, row, ALL);
	check(texts, expected);
	row[3] = NULL;
	row[0] = expected[0] = "\x03 the first one";
	row[47] = expected[47] = "";
	expected[47] = NULL;
	texts_apply(&texts, row, ALL);
	check(texts, expected);
	/* Others of its row are no texts. */
	row[0] = "other";
	row[3] = "other";
	expected[3] = "other";
	texts_apply(&texts, row, 1u << 3);
	check(texts, expected);
	row[0] = row[3] = "";
	texts_apply(&texts, row, ALL);
	assert_null(texts);
}

/* A row may be made of what is there. */
static void values_may_be_of_the_piece_itself(void **state)
{
	const char *row[TABLE_COLUMNS] = { NULL }, *expected[TABLE_COLUMNS] = { NULL };
	char *texts = NULL;

	(void)state;
	row[1] = expected[1] = "one";
	row[2] = "two";
	texts_apply(&texts, row, ALL);
	row[1] = NULL;
	row[2] = texts_get(texts, 1);
	row[4] = texts_get(texts, 2);
	expected[2] = "one";
	expected[4] = "two";
	texts_apply(&texts, row, ALL);
	check(texts, expected);
	free(texts);
}

static void nothing_moves_where_nothing_changes(void **state)
{
	const char *row[TABLE_COLUMNS] = { NULL };
	char *texts = NULL, *before;

	(void)state;
	row[1] = "one";
	texts_apply(&texts, row, ALL);
	before = texts;
	texts_apply(&texts, row, ALL & ~UINT64_C(2));
	assert_ptr_equal(texts, before);
	free(texts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_change_what_they_name),
		cmocka_unit_test(values_may_be_of_the_piece_itself),
		cmocka_unit_test(nothing_moves_where_nothing_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
