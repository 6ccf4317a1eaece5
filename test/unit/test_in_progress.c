// link: test/unit/execute_fixture.o
/* What takes long: told to be in progress, and its outcome owed until it is acknowledged. */
#include "test/unit/execute_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"

#define IN_PROGRESS "' status='in-progress'/>"

static void restart_with(int64_t ms)
{
	stop_device();
	in_progress_ms = ms;
	start_device();
}

/* Asked for, and told to be in progress. */
static void start_long(const char *id)
{
	ask(id, "reboot", "");
	until_sent();
	expect(IN_PROGRESS "</iq>");
}

static void expect_journal(const char *part)
{
	char *text;

	settle();
	text = journal_text();
	if (strstr(text, part) == NULL)
		fail_msg("%s is not in %s", part, text);
	free(text);
}

static void test_what_takes_long_is_in_progress_and_then_owed(void **state)
{
	(void)state;
	restart_with(1);
	ask(ID "1", "reboot", "");
	until_sent();
	expect("<iq type='result' to='c' id='" ID "1-1'><outcome xmlns='urn:platen:operation:1' id='" ID
	       "1" IN_PROGRESS);
	/* At once now. */
	ask(ID "1", "reboot", "");
	expect("<iq type='result' to='c' id='" ID "1-1'><outcome xmlns='urn:platen:operation:1' id='" ID
	       "1" IN_PROGRESS);
	printer_ends(NULL, false);
	expect_nothing();
	settle();
	expect("<iq type='set' to='c' id='" ID "1-outcome'><outcome xmlns='urn:platen:operation:1' id='"
	       ID "1' status='done'/></iq>");
	expect_journal(ID "1\tended\t\t<outcome xmlns='urn:platen:operation:1' id='" ID
	               "1' status='done'/>\tc\t");
	/* Whoever asks has it. */
	ask(ID "1", "reboot", "");
	expect("status='done'");
	assert_int_equal(printer.actions, 1);
}

static void test_what_is_quick_is_not_owed(void **state)
{
	(void)state;
	ask(ID "1", "reboot", "");
	settle();
	printer_ends(NULL, false);
	settle();
	expect("type='result'");
	execute_answered(x);
	expect_nothing();
	restart_with(1000000);
	execute_answered(x);
	expect_nothing();
}

static void test_only_the_right_result_acknowledges(void **state)
{
	(void)state;
	restart_with(1);
	start_long(ID "1");
	printer_ends("printer-error", false);
	settle();
	expect("id='" ID "1-outcome'>");
	assert_false(acknowledge("c", ID "1-progress"));
	assert_true(acknowledge("d", ID "1-outcome"));
	assert_true(acknowledge("c", ID "2-outcome"));
	assert_false(acknowledge("c", "k1"));
	execute_away(x);
	execute_answered(x);
	expect("<iq type='set' to='c' id='" ID "1-outcome'>");
	/* Not again, as long as it is there. */
	execute_answered(x);
	expect_nothing();
	assert_true(acknowledge("c/any", ID "1-outcome"));
	execute_away(x);
	execute_answered(x);
	expect_nothing();
	expect_journal(ID "1\ttold\t");
	restart_with(1);
	execute_answered(x);
	expect_nothing();
	ask(ID "1", "reboot", "");
	expect("status='failed'");
}

/* It is owed, in each life, until somebody has it. */
static void test_who_dies_in_the_middle_owes_that_he_does_not_know(void **state)
{
	(void)state;
	restart_with(1);
	start_long(ID "1");
	for (int life = 0; life < 3; life++) {
		restart_with(1);
		execute_answered(x);
		expect("<iq type='set' to='c' id='" ID "1-outcome'><outcome xmlns='urn:platen:operation:1' "
		       "id='" ID "1' status='unknown'><reason condition='interrupted'>");
	}
	acknowledge("c", ID "1-outcome");
	settle();
	restart_with(1);
	execute_answered(x);
	expect_nothing();
	assert_int_equal(printer.actions, 1);
}

static void test_an_outcome_is_owed_after_a_restart(void **state)
{
	(void)state;
	restart_with(1);
	start_long(ID "1");
	printer_ends(NULL, false);
	settle();
	expect("status='done'");
	restart_with(1);
	expect_nothing();
	execute_answered(x);
	expect("<iq type='set' to='c' id='" ID "1-outcome'>");
}

/* Nothing of it is on disk yet: nobody may be told that it is in progress. */
static void test_what_has_not_begun_is_not_in_progress(void **state)
{
	(void)state;
	restart_with(0);
	ask(ID "1", "reboot", "");
	ask_about(ID "1");
	expect_nothing();
	settle();
	until_sent();
	expect("id='q'><outcome xmlns='urn:platen:operation:1' id='" ID "1" IN_PROGRESS);
}

static void test_what_waits_for_its_turn_is_in_progress(void **state)
{
	(void)state;
	restart_with(1);
	printer.busy = true;
	start_long(ID "1");
	assert_int_equal(printer.actions, 0);
}

static void test_progress_is_told_once_a_second_and_when_it_changes(void **state)
{
	(void)state;
	restart_with(1);
	ask(ID "1", "reboot", "");
	settle();
	printer.asker->progress(printer.arg, -1, "looking");
	until_sent();
	expect("<outcome xmlns='urn:platen:operation:1' id='" ID "1' status='in-progress'>"
	       "<progress>looking</progress></outcome></iq>");
	clock_set(clock_mono_ms(), -1);
	printer.asker->progress(printer.arg, -1, "looking");
	printer.asker->progress(printer.arg, 40, "asked <it>");
	printer.asker->progress(printer.arg, 50, "asked it");
	settle();
	expect_nothing();
	clock_set(clock_mono_ms() + 1000, -1);
	ask(ID "2", "get-status", "");     /* something happens, and the time is looked at */
	expect("status='done'");
	until_sent();
	expect("<iq type='set' to='c' id='" ID "1-progress'><outcome xmlns='urn:platen:operation:1' id='"
	       ID "1' status='in-progress'><progress percent='50'>asked it</progress></outcome></iq>");
	clock_set(-1, -1);
	settle();
	printer_ends(NULL, false);
	settle();
	expect("<iq type='set' to='c' id='" ID "1-outcome'>");
}

static void test_a_slow_read_is_owed_in_memory(void **state)
{
	(void)state;
	printer.slow = true;
	ask(ID "1", "get-status", "");
	ask_about(ID "1");
	expect("id='" ID "1" IN_PROGRESS);
	printer_ends(NULL, false);
	expect("<iq type='set' to='c' id='" ID "1-outcome'>");
	execute_away(x);
	execute_answered(x);
	expect("<iq type='set' to='c' id='" ID "1-outcome'>");
	assert_true(acknowledge("c", ID "1-outcome"));
	execute_away(x);
	execute_answered(x);
	expect_nothing();
	assert_int_equal(access(journal_path, F_OK), -1);
}

static void test_a_question_is_answered_with_what_is_known(void **state)
{
	(void)state;
	ask_about(ID "1");
	expect("<outcome xmlns='urn:platen:operation:1' id='" ID
	       "1' status='unknown'><reason condition='not-known'>");
	/* It was not noted. */
	ask(ID "1", "reboot", "");
	settle();
	ask_about(ID "1");
	expect("<iq type='result' to='c/x' id='q'><outcome xmlns='urn:platen:operation:1' id='" ID
	       "1" IN_PROGRESS);
	printer_ends(NULL, false);
	ask_about(ID "1");
	expect(IN_PROGRESS);
	settle();
	expect("<iq type='set' to='c' id='" ID "1-outcome'>");
	ask_about(ID "1");
	expect("<outcome xmlns='urn:platen:operation:1' id='" ID "1' status='done'/>");
	assert_int_equal(printer.actions, 1);
}

/* A question while the outcome is on its way to the disk, and was not promised. */
static void test_a_question_waits_for_the_disk(void **state)
{
	(void)state;
	ask(ID "1", "reboot", "");
	settle();
	printer_ends(NULL, false);
	ask_about(ID "1");
	expect_nothing();
	settle();
	expect("id='q'><outcome xmlns='urn:platen:operation:1' id='" ID "1' status='done'/>");
	execute_answered(x);
	expect_nothing();
}

static void test_where_nothing_can_be_read_nothing_is_known_not_to_be(void **state)
{
	(void)state;
	stop_device();
	in_shell("mv '%s' '%s.aside' && touch '%s'", state_dir, state_dir, state_dir);
	component_time = 0x019000000001;
	start_device();
	ask_about(ID "1");
	expect("status='unknown'><reason condition='no-journal'>");
	/* What is newer than this life was not met. */
	ask_about("01900000-8000-7000-8000-000000000000");
	expect("status='unknown'><reason condition='not-known'>");
}

/* Eight wait; who asks more often hears of the newest. */
static void test_who_asks_too_often_is_answered_for_the_last_times(void **state)
{
	unsigned n = 0;

	(void)state;
	for (int i = 0; i < 20; i++)
		ask(ID "1", "reboot", "");
	settle();
	printer_ends(NULL, false);
	settle();
	for (const char *at = sent; (at = strstr(at, "<iq type='result'")) != NULL; at++)
		n++;
	assert_int_equal(n, 8);
	assert_int_equal(printer.actions, 1);
}

/* Who owes too much begins nothing new. */
static void test_there_is_a_bound(void **state)
{
	char id[64];

	(void)state;
	printer.slow = true;
	for (int i = 0; i < 64; i++) {
		snprintf(id, sizeof id, "01900000-0000-7000-8000-%012d", i);
		ask(id, "get-status", "");
		ask_about(id);
		printer_ends(NULL, false);
	}
	expect("<iq type='set' to='c' id='01900000-0000-7000-8000-000000000063-outcome'>");
	ask("01900000-0000-7000-8000-000000000064", "get-status", "");
	expect("status='failed'><reason condition='busy'>");
	acknowledge("c", "01900000-0000-7000-8000-000000000007-outcome");
	ask("01900000-0000-7000-8000-000000000065", "get-status", "");
	printer_ends(NULL, false);
	expect("status='done'");
}

/* A file of a version that had nobody to owe to. */
static void test_an_older_file_is_read_and_written_anew(void **state)
{
	char *text;

	(void)state;
	restart_with(1);
	ask(ID "1", "reboot", "");
	settle();
	printer_ends(NULL, false);
	settle();
	stop_device();
	in_shell("sed -i 's,\tcrc32c/2,,; 1s,\towed,\tcrc32c/1,; 2,$d' '%s'", journal_path);
	start_device();
	text = journal_text();
	assert_non_null(strstr(text, "\toutcome\towed\tcrc32c/2\n"));
	free(text);
	start_long(ID "2");
	restart_with(1);
	execute_answered(x);
	expect("<iq type='set' to='c' id='" ID "2-outcome'>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_takes_long_is_in_progress_and_then_owed),
		TEST(test_what_is_quick_is_not_owed),
		TEST(test_only_the_right_result_acknowledges),
		TEST(test_who_dies_in_the_middle_owes_that_he_does_not_know),
		TEST(test_an_outcome_is_owed_after_a_restart),
		TEST(test_what_has_not_begun_is_not_in_progress),
		TEST(test_what_waits_for_its_turn_is_in_progress),
		TEST(test_progress_is_told_once_a_second_and_when_it_changes),
		TEST(test_a_slow_read_is_owed_in_memory),
		TEST(test_a_question_is_answered_with_what_is_known),
		TEST(test_a_question_waits_for_the_disk),
		TEST(test_where_nothing_can_be_read_nothing_is_known_not_to_be),
		TEST(test_who_asks_too_often_is_answered_for_the_last_times),
		TEST(test_there_is_a_bound),
		TEST(test_an_older_file_is_read_and_written_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
