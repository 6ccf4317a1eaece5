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
	journal_begin(j, id, "reboot");
	journal_end(j, id, outcome);
}

static void test_an_outcome_is_repeated(void **state)
{
	struct journal *j = journal_new(10, 1000);
	const char *outcome = NULL;

	(void)state;
	assert_int_equal(journal_find(j, "1", &outcome), JOURNAL_NEW);
	journal_begin(j, "1", "reboot");
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
	journal_begin(j, "1", "reboot");
	done(j, "2", "o");
	done(j, "3", "o");
	assert_int_equal(journal_find(j, "1", NULL), JOURNAL_EXECUTING);
	assert_int_equal(journal_find(j, "2", NULL), JOURNAL_DROPPED);
	journal_end(j, "1", "o");
	assert_int_equal(journal_find(j, "1", NULL), JOURNAL_DONE);
	journal_free(j);
}

static void note(void *arg, const struct journal_entry *e)
{
	char *end = strchr(arg, '\0');

	sprintf(end, "%s %s %s%s%s\n", e->id, e->command, e->outcome == NULL ? "-" : e->outcome,
	        e->owed == NULL ? "" : " owed to ", e->owed == NULL ? "" : e->owed);
}

static void test_what_was_read_back_is_there(void **state)
{
	struct journal *j = journal_new(3, 1000);
	char all[200] = "";

	(void)state;
	journal_restore(j, "1", "reboot", "a");
	journal_restore(j, "2", "reboot", "");
	journal_restore(j, "1", "", "bb");
	journal_begin(j, "3", "reboot");
	assert_int_equal(journal_bytes(j), 2);
	journal_each(j, note, all);
	assert_string_equal(all, "1 reboot bb\n2 reboot \n3 reboot -\n");
	journal_forget(j, "2");
	assert_int_equal(journal_find(j, "2", NULL), JOURNAL_NEW);
	assert_null(journal_dropped(j));
	journal_drop(j, "2");
	journal_drop(j, "0");
	assert_string_equal(journal_dropped(j), "2");
	assert_int_equal(journal_find(j, "2", NULL), JOURNAL_DROPPED);
	assert_int_equal(journal_find(j, "1", NULL), JOURNAL_DONE);
	journal_free(j);
}

/* However old it is, and however many. */
static void test_what_is_owed_is_not_dropped(void **state)
{
	struct journal *j = journal_new(2, 10);
	char all[200] = "";

	(void)state;
	journal_begin(j, "1", "reboot");
	journal_owe(j, "1", "c");
	journal_end(j, "1", "12345");
	assert_null(journal_owed(j, "1"));     /* it is not due */
	done(j, "2", "12345");
	journal_owe(j, "2", "d");
	journal_due(j, "2");
	done(j, "3", "12345");
	done(j, "4", "12345");
	journal_due(j, "1");
	journal_due(j, "4");                   /* nobody gets it */
	assert_int_equal(journal_count_due(j), 2);
	assert_string_equal(journal_owed(j, "1"), "c");
	journal_each(j, note, all);
	assert_string_equal(all, "1 reboot 12345 owed to c\n2 reboot 12345 owed to d\n4 reboot 12345\n");
	journal_owe(j, "1", NULL);
	assert_null(journal_owed(j, "1"));
	assert_null(journal_owed(j, "5"));
	assert_int_equal(journal_count_due(j), 1);
	done(j, "5", "1");
	assert_int_equal(journal_find(j, "1", NULL), JOURNAL_DROPPED);
	assert_int_equal(journal_find(j, "2", NULL), JOURNAL_DONE);
	journal_free(j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_outcome_is_repeated),
		cmocka_unit_test(test_the_oldest_goes_by_count),
		cmocka_unit_test(test_the_oldest_goes_by_bytes),
		cmocka_unit_test(test_what_executes_is_not_dropped),
		cmocka_unit_test(test_what_was_read_back_is_there),
		cmocka_unit_test(test_what_is_owed_is_not_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
