// link: test/unit/execute_fixture.o
/* What was cancelled is never executed, and what was executed is never told to be
 * cancelled. */
#include "test/unit/execute_fixture.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/file.h"
#include "common/mem.h"

#define CANCELLED "' status='cancelled'/>"

static void expect_never_done(const char *id)
{
	for (int life = 0; life < 2; life++) {
		ask(id, "reboot", "");
		settle();
		expect(CANCELLED);
		stop_device();
		start_device();
	}
	assert_int_equal(printer.actions, 0);
}

static void limit_files(rlim_t bytes)
{
	const struct rlimit limit = { bytes, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_what_was_never_met_is_on_disk_before_it_is_answered(void **state)
{
	char *text;

	(void)state;
	cancel(ID "1", "reboot");
	expect_nothing();
	settle();
	text = journal_text();
	assert_non_null(strstr(text, ID "1\tended\t"));
	free(text);
	expect("<iq type='result' to='c' id='x'><outcome xmlns='urn:platen:operation:1' id='" ID
	       "1" CANCELLED);
	cancel(ID "1", "reboot");
	expect(CANCELLED);
	expect_never_done(ID "1");
}

static void test_a_command_that_is_not_known_may_change_something(void **state)
{
	(void)state;
	cancel(ID "1", "make-coffee");
	settle();
	expect(CANCELLED);
	assert_int_equal(access(journal_path, F_OK), 0);
	expect_never_done(ID "1");
}

/* Its delayed execute does nothing as long as we live; nothing is on the disk. */
static void test_a_read_is_noted_in_memory(void **state)
{
	(void)state;
	cancel("any-id", "get-status");
	expect(CANCELLED);
	ask("any-id", "get-status", "");
	expect(CANCELLED);
	assert_int_equal(printer.reads, 0);
	settle();
	assert_int_equal(access(journal_path, F_OK), -1);
}

static void test_a_read_is_let_go(void **state)
{
	(void)state;
	printer.slow = true;
	ask(ID "1", "get-status", "");
	expect_nothing();
	cancel(ID "1", "get-status");
	expect("<iq type='result' to='c' id='" ID "1-1'><outcome xmlns='urn:platen:operation:1' id='" ID
	       "1" CANCELLED "</iq>\n"
	       "<iq type='result' to='c' id='x'><outcome xmlns='urn:platen:operation:1' id='" ID
	       "1" CANCELLED "</iq>\n");
	assert_null(printer.asker);
}

static void test_what_is_on_its_way_to_the_disk_does_not_begin(void **state)
{
	(void)state;
	ask(ID "1", "reboot", "");
	cancel(ID "1", "reboot");
	expect_nothing();
	settle();
	expect("id='x'><outcome xmlns='urn:platen:operation:1' id='" ID "1" CANCELLED);
	expect_never_done(ID "1");
}

static void test_what_waits_for_its_turn_is_taken_out(void **state)
{
	(void)state;
	printer.busy = true;
	ask(ID "1", "reboot", "");
	settle();
	assert_non_null(printer.asker);
	cancel(ID "1", "reboot");
	assert_null(printer.asker);
	expect_nothing();
	settle();
	expect("id='x'><outcome xmlns='urn:platen:operation:1' id='" ID "1" CANCELLED);
	printer.busy = false;
	expect_never_done(ID "1");
}

/* It was promised an outcome, which is this one. */
static void test_what_waits_in_progress_owes_that_it_is_cancelled(void **state)
{
	(void)state;
	printer.busy = true;
	ask(ID "1", "reboot", "");
	settle();
	ask_about(ID "1");
	expect("in-progress");
	cancel(ID "1", "reboot");
	settle();
	expect("id='x'><outcome xmlns='urn:platen:operation:1' id='" ID "1" CANCELLED "</iq>\n"
	       "<iq type='set' to='c' id='" ID "1-outcome'>");
}

static void test_what_has_begun_is_in_progress(void **state)
{
	(void)state;
	ask(ID "1", "reboot", "");
	settle();
	cancel(ID "1", "reboot");
	expect("id='x'><outcome xmlns='urn:platen:operation:1' id='" ID "1' status='in-progress'/>");
	printer_ends(NULL, false);
	settle();
	expect("<iq type='set' to='c' id='" ID "1-outcome'><outcome xmlns='urn:platen:operation:1' id='"
	       ID "1' status='done'/>");
	cancel(ID "1", "reboot");
	expect("status='done'");
}

/* Its outcome is on its way to the disk. */
static void test_what_has_just_ended_has_its_outcome(void **state)
{
	(void)state;
	ask(ID "1", "reboot", "");
	settle();
	printer_ends("printer-error", false);
	cancel(ID "1", "reboot");
	expect_nothing();
	settle();
	expect("id='x'><outcome xmlns='urn:platen:operation:1' id='" ID "1' status='failed'>");
}

/* Held until the component's clock is known. */
static void test_what_is_held_is_cancelled(void **state)
{
	(void)state;
	component_time = 0;
	ask(ID "1", "reboot", "not-after='2026-01-02T03:04:05Z'");
	expect_nothing();
	cancel(ID "1", "reboot");
	settle();
	expect("id='x'><outcome xmlns='urn:platen:operation:1' id='" ID "1" CANCELLED);
	component_time = 1;
	execute_answered(x);
	settle();
	expect_never_done(ID "1");
}

static void test_who_dies_before_it_is_on_disk_has_said_nothing(void **state)
{
	(void)state;
	printer.busy = true;
	ask(ID "1", "reboot", "");
	settle();
	cancel(ID "1", "reboot");
	expect_nothing();
	limit_files(50);
	stop_device();
	limit_files(RLIM_INFINITY);
	printer.busy = false;
	start_device();
	ask(ID "1", "reboot", "");
	settle();
	/* The row may have come to the disk or not. */
	assert_true(strstr(sent, CANCELLED) != NULL || strstr(sent, "'interrupted'") != NULL);
	assert_int_equal(printer.actions, 0);
}

static void test_it_waits_for_a_disk_that_fails(void **state)
{
	(void)state;
	limit_files(50);
	ask(ID "1", "reboot", "");
	cancel(ID "1", "reboot");
	cancel(ID "2", "reboot");
	for (int i = 0; i < 4; i++)
		uv_run(&loop, UV_RUN_ONCE);
	expect_nothing();
	limit_files(RLIM_INFINITY);
	settle();
	assert_non_null(strstr(sent, "id='" ID "1" CANCELLED));
	expect("id='" ID "2" CANCELLED);
	expect_never_done(ID "1");
	expect_never_done(ID "2");
}

static void test_without_a_journal_nothing_is_cancelled(void **state)
{
	(void)state;
	stop_device();
	in_shell("rm -rf '%s' && touch '%s'", state_dir, state_dir);
	component_time = 0x019000000001;
	start_device();
	cancel(ID "1", "reboot");
	expect("status='unknown'><reason condition='no-journal'>");
	cancel("01900000-8000-7000-8000-000000000000", "reboot");
	expect("status='refused'><reason condition='no-journal'>");
	cancel("any-id", "reboot");
	expect("status='refused'><reason condition='bad-argument'>");
	cancel(ID "2", "get-status");
	expect(CANCELLED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_was_never_met_is_on_disk_before_it_is_answered),
		TEST(test_a_command_that_is_not_known_may_change_something),
		TEST(test_a_read_is_noted_in_memory),
		TEST(test_a_read_is_let_go),
		TEST(test_what_is_on_its_way_to_the_disk_does_not_begin),
		TEST(test_what_waits_for_its_turn_is_taken_out),
		TEST(test_what_waits_in_progress_owes_that_it_is_cancelled),
		TEST(test_what_has_begun_is_in_progress),
		TEST(test_what_has_just_ended_has_its_outcome),
		TEST(test_what_is_held_is_cancelled),
		TEST(test_who_dies_before_it_is_on_disk_has_said_nothing),
		TEST(test_it_waits_for_a_disk_that_fails),
		TEST(test_without_a_journal_nothing_is_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
