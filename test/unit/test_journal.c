// link: device/journal.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "device/journal.h"

static void done(struct journal *j, const char *id, const char *outcome)
{
	journal_begin(j, id);
	journal_end(j, id, outcome);
}

static void test_an_outcome_is_repeated(void **state)
{
	struct journal *j = journal_new(10, 1000);
	const char *outcome = NULL;

	(void)state;
	assert_int_equal(journal_find(j, "1", &outcome), JOURNAL_NEW);
	journal_begin(j, "1");
	assert_int_equal(journal_find(j, "1", &outcome), JOURNAL_EXECUTING);
	assert_null(outcome);
	journal_end(j, "1", "<outcome/>");
	assert_int_equal(journal_find(j, "1", &outcome), JOURNAL_DONE);
	assert_string_equal(outcome, "<outcome/>");
	assert_int_equal(journal_find(j, "2", NULL), JOURNAL_NEW);
	journal_free(j);
	journal_free(NULL);
}

static void test_the_oldest_goes_by_count(void **state)
{
	struct journal *j = journal_new(3, 1000);
	char id[16];

	(void)state;
	for (int i = 1; i <= 5; i++) {
		snprintf(id, sizeof id, "id%d", i);
		done(j, id, "o");
	}
	assert_int_equal(journal_count(j), 3);
	assert_int_equal(journal_find(j, "id2", NULL), JOURNAL_DROPPED);
	assert_int_equal(journal_find(j, "id1", NULL), JOURNAL_DROPPED);
	/* Not met, but below one that is forgotten: it may have been executed. */
	assert_int_equal(journal_find(j, "id0", NULL), JOURNAL_DROPPED);
	assert_int_equal(journal_find(j, "id3", NULL), JOURNAL_DONE);
	assert_int_equal(journal_find(j, "id6", NULL), JOURNAL_NEW);
	journal_free(j);
}

static void test_the_oldest_goes_by_bytes(void **state)
{
	struct journal *j = journal_new(100, 10);
	const char *outcome = NULL;

	(void)state;
	done(j, "1", "12345");
	done(j, "2", "12345");
	assert_int_equal(journal_count(j), 2);
	done(j, "3", "1");
	assert_int_equal(journal_count(j), 2);
	assert_int_equal(journal_find(j, "1", NULL), JOURNAL_DROPPED);
	/* The newest stays, however large: its asker may ask again at once. */
	done(j, "4", "12345678901234567890");
	assert_int_equal(journal_count(j), 1);
	assert_int_equal(journal_find(j, "4", &outcome), JOURNAL_DONE);
	assert_string_equal(outcome, "12345678901234567890");
	journal_free(j);
}

static void test_what_executes_is_not_dropped(void **state)
{
	struct journal *j = journal_new(1, 1000);

	(void)state;
	journal_begin(j, "1");
	done(j, "2", "o");
	done(j, "3", "o");
	assert_int_equal(journal_find(j, "1", NULL), JOURNAL_EXECUTING);
	assert_int_equal(journal_find(j, "2", NULL), JOURNAL_DROPPED);
	journal_end(j, "1", "o");
	assert_int_equal(journal_find(j, "1", NULL), JOURNAL_DONE);
	journal_free(j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_outcome_is_repeated),
		cmocka_unit_test(test_the_oldest_goes_by_count),
		cmocka_unit_test(test_the_oldest_goes_by_bytes),
		cmocka_unit_test(test_what_executes_is_not_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
