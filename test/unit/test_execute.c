// link: test/unit/execute_fixture.o
/* What changes something: once, whenever the device dies. */
#include "test/unit/execute_fixture.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "common/mem.h"

static void reboot(const char *id)
{
	ask(id, "reboot", "");
	settle();
	assert_non_null(printer.asker);
	printer_ends(NULL, false);
	settle();
	expect("status='done'");
}

static void test_begun_then_done_then_answered(void **state)
{
	char *text;

	(void)state;
	ask(ID "1", "reboot", "");
	assert_int_equal(printer.actions, 0);   /* not before it is on disk */
	settle();
	assert_int_equal(printer.actions, 1);
	text = journal_text();
	assert_non_null(strstr(text, ID "1\tbegun\treboot\t"));
	assert_null(strstr(text, "ended"));
	free(text);
	printer_ends(NULL, false);
	expect_nothing();
	settle();
	expect("<iq type='result' to='c' id='" ID "1-1'><outcome xmlns='urn:platen:operation:1' "
	       "id='" ID "1' status='done'/></iq>");
	text = journal_text();
	assert_non_null(strstr(text, ID "1\tended\t\t<outcome"));
	free(text);
}

static void test_it_is_repeated_also_after_a_restart(void **state)
{
	(void)state;
	reboot(ID "1");
	ask(ID "1", "reboot", "");
	expect("status='done'");
	stop_device();
	start_device();
	ask(ID "1", "reboot", "");
	expect("status='done'");
	/* Also when its time is over. */
	component_time = 2000000000000;
	ask(ID "1", "reboot", "not-after='2020-01-01T00:00:00Z'");
	expect("status='done'");
	assert_int_equal(printer.actions, 1);
}

static void test_asked_meanwhile_it_answers_each_and_is_done_once(void **state)
{
	(void)state;
	ask(ID "1", "reboot", "");
	ask(ID "1", "reboot", "");
	settle();
	ask(ID "1", "reboot", "");
	printer_ends(NULL, false);
	ask(ID "1", "reboot", "");
	expect_nothing();
	settle();
	expect("status='done'");
	assert_int_equal(printer.actions, 1);
}

static void test_who_dies_in_the_middle_does_not_know(void **state)
{
	(void)state;
	ask(ID "1", "reboot", "");
	settle();
	assert_int_equal(printer.actions, 1);
	stop_device();
	for (int life = 0; life < 2; life++) {
		start_device();
		ask(ID "1", "reboot", "");
		expect("status='unknown'><reason condition='interrupted'>");
		/* Also behind a file that was written anew. */
		ask(ID "2", "reboot", "");
		settle();
		stop_device();
	}
	start_device();
	assert_int_equal(printer.actions, 2);
}

static void test_a_lost_answer_is_no_failure(void **state)
{
	(void)state;
	ask(ID "1", "reboot", "");
	settle();
	printer_ends("printer-timeout", true);
	settle();
	expect("status='unknown'><reason condition='printer-timeout'>why</reason>");
	ask(ID "2", "reboot", "");
	settle();
	printer_ends("printer-error", false);
	settle();
	expect("status='failed'><reason condition='printer-error'>why</reason>");
	ask(ID "1", "reboot", "");
	expect("status='unknown'");
	assert_int_equal(printer.actions, 2);
}

static unsigned files(void)
{
	DIR *d = opendir(state_dir);
	struct dirent *e;
	unsigned n = 0;

	while (d != NULL && (e = readdir(d)) != NULL)
		n += e->d_name[0] != '.' && strcmp(e->d_name, "lock") != 0;
	if (d != NULL)
		closedir(d);
	return n;
}

static void test_what_only_reads_and_what_is_refused_writes_nothing(void **state)
{
	(void)state;
	printer.cannot = true;
	ask("any-id", "get-status", "");
	expect("status='done'");
	ask(ID "1", "get-status", "");
	expect("status='done'");
	ask(ID "2", "reboot", "");
	expect("status='refused'><reason condition='not-configured'>it cannot</reason>");
	ask("any-other-id", "reboot", "");
	expect("status='refused'><reason condition='bad-argument'>");
	component_time = 2000000000000;
	ask(ID "3", "reboot", "not-after='2020-01-01T00:00:00Z'");
	expect("status='expired'");
	settle();
	assert_int_equal(files(), 0);
	/* What was told to be refused stays so. */
	printer.cannot = false;
	ask(ID "2", "reboot", "");
	expect("status='refused'");
	assert_int_equal(printer.actions, 0);
	assert_int_equal(printer.reads, 2);
}

static void limit_files(rlim_t bytes)
{
	const struct rlimit limit = { bytes, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* What is known is repeated, what is new refused. */
static void test_a_start_without_room_on_the_disk(void **state)
{
	(void)state;
	reboot(ID "1");
	stop_device();
	limit_files(50);
	component_time = 0x019000000001;
	start_device();
	ask(ID "1", "reboot", "");
	expect("status='done'");
	ask(ID "2", "reboot", "");
	settle();
	expect("status='refused'><reason condition='no-journal'>");
	limit_files(RLIM_INFINITY);
	reboot(ID "3");
	assert_int_equal(printer.actions, 2);
}

/* What was met by an earlier life is not said to be undone. */
static void test_without_a_journal_what_is_older_is_unknown(void **state)
{
	(void)state;
	stop_device();
	in_shell("mv '%s' '%s.aside' && touch '%s'", state_dir, state_dir, state_dir);
	component_time = 0x019000000001;
	start_device();
	ask(ID "1", "reboot", "");
	expect("status='unknown'><reason condition='no-journal'>the state directory ");
	ask("01900000-8000-7000-8000-000000000000", "reboot", "");
	expect("status='refused'><reason condition='no-journal'>the state directory ");
}

static void test_without_a_directory_only_reading_goes_on(void **state)
{
	(void)state;
	stop_device();
	in_shell("rm -r '%s'", state_dir);
	/* A file stands in its place. */
	assert_int_equal(file_replace(state_dir, "", 0, 0600), 0);
	start_device();
	ask(ID "1", "reboot", "");
	expect("status='refused'><reason condition='no-journal'>the state directory ");
	ask(ID "2", "get-status", "");
	expect("status='done'");
	/* And by itself again. */
	assert_int_equal(unlink(state_dir), 0);
	reboot(ID "3");
	ask(ID "1", "reboot", "");
	expect("status='refused'");
}

/* Before the component has told its time nobody knows whether an earlier life was asked
 * for it. */
static void test_without_the_component_s_time(void **state)
{
	(void)state;
	stop_device();
	in_shell("rm -r '%s'", state_dir);
	assert_int_equal(file_replace(state_dir, "", 0, 0600), 0);
	start_device();
	component_time = 0;
	ask(ID "2", "reboot", "");
	expect("status='unknown'><reason condition='no-journal'>");
}

/* Its journal was not there when it started, and then it is. */
static void test_what_comes_back_with_the_directory_is_known(void **state)
{
	(void)state;
	reboot(ID "1");
	stop_device();
	in_shell("mv '%s' '%s.aside' && touch '%s'", state_dir, state_dir, state_dir);
	start_device();
	ask(ID "2", "reboot", "");
	expect("status='refused'><reason condition='no-journal'>");
	in_shell("rm '%s' && mv '%s.aside' '%s'", state_dir, state_dir, state_dir);
	ask(ID "1", "reboot", "");
	expect("status='done'");
	reboot(ID "3");
	assert_int_equal(printer.actions, 2);
}

static void test_two_devices_do_not_share_a_directory(void **state)
{
	struct execute *mine = x;

	(void)state;
	start_device();
	ask(ID "1", "reboot", "");
	expect("cannot be used: another process uses it");
	execute_free(x);
	x = mine;
	reboot(ID "2");
}

static void test_a_file_that_cannot_be_written_refuses_and_is_written_again(void **state)
{
	char *in_the_way = mem_printf("%s/journal.tsv.new", state_dir);

	(void)state;
	/* The first writing makes a file, whose name is taken. */
	assert_int_equal(mkdir(in_the_way, 0700), 0);
	ask(ID "1", "reboot", "");
	settle();
	expect("status='refused'><reason condition='no-journal'>");
	assert_int_equal(printer.actions, 0);
	assert_int_equal(rmdir(in_the_way), 0);
	reboot(ID "2");
	stop_device();
	start_device();
	ask(ID "1", "reboot", "");
	expect("status='refused'");
	assert_int_equal(printer.actions, 1);
	free(in_the_way);
}

static void test_an_outcome_waits_for_the_disk(void **state)
{
	(void)state;
	ask(ID "1", "reboot", "");
	settle();
	limit_files(50);
	printer_ends("printer-error", false);
	uv_run(&loop, UV_RUN_ONCE);
	ask(ID "1", "reboot", "");
	expect_nothing();
	/* What may begin is refused meanwhile, and what only reads goes on. */
	ask(ID "2", "reboot", "");
	uv_run(&loop, UV_RUN_ONCE);
	expect("id='" ID "2' status='refused'><reason condition='no-journal'>");
	ask(ID "3", "get-status", "");
	expect("status='done'");
	limit_files(RLIM_INFINITY);
	settle();
	expect("id='" ID "1' status='failed'><reason condition='printer-error'>");
	stop_device();
	start_device();
	ask(ID "1", "reboot", "");
	expect("status='failed'");
	assert_int_equal(printer.actions, 1);
}

/* 600 of them: the oldest are forgotten, for ever, and the file stays small. */
static void test_it_is_bounded(void **state)
{
	char id[UINT8_MAX];
	struct stat st;

	(void)state;
	for (int i = 0; i < 600; i++) {
		snprintf(id, sizeof id, "01900000-0000-7000-8000-%012d", i);
		reboot(id);
	}
	assert_int_equal(stat(journal_path, &st), 0);
	assert_in_range(st.st_size, 1, 400 * 1024);
	for (int life = 0; life < 2; life++) {
		ask("01900000-0000-7000-8000-000000000050", "reboot", "");
		expect("status='unknown'><reason condition='forgotten'>");
		ask("01900000-0000-7000-8000-000000000599", "reboot", "");
		expect("status='done'");
		/* Read ones are not: they are others. */
		ask("01900000-0000-7000-8000-000000000000", "get-status", "");
		expect("status='done'");
		stop_device();
		start_device();
	}
	assert_int_equal(printer.actions, 600);
}

static void test_a_torn_end_is_cut(void **state)
{
	char *text;
	FILE *f;

	(void)state;
	reboot(ID "1");
	stop_device();
	f = fopen(journal_path, "a");
	fputs(ID "2\tbegun\treb", f);
	fclose(f);
	start_device();
	text = journal_text();
	assert_null(strstr(text, ID "2"));
	free(text);
	/* Its sync had not ended, so nobody had begun it. */
	reboot(ID "2");
	ask(ID "1", "reboot", "");
	expect("status='done'");
}

static void test_behind_a_damaged_row_nothing_older_is_executed(void **state)
{
	(void)state;
	reboot(ID "1");
	reboot(ID "3");
	reboot(ID "5");
	stop_device();
	in_shell("sed -i 's/3\tbegun/3\tbegXn/' '%s'", journal_path);
	for (int life = 0; life < 2; life++) {
		start_device();
		ask(ID "4", "reboot", "");
		expect("status='unknown'><reason condition='forgotten'>");
		ask(ID "3", "reboot", "");
		expect("status='done'");
		stop_device();
	}
	start_device();
	assert_int_equal(files(), 2);   /* what was damaged is aside */
	reboot(ID "6");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_begun_then_done_then_answered),
		TEST(test_it_is_repeated_also_after_a_restart),
		TEST(test_asked_meanwhile_it_answers_each_and_is_done_once),
		TEST(test_who_dies_in_the_middle_does_not_know),
		TEST(test_a_lost_answer_is_no_failure),
		TEST(test_what_only_reads_and_what_is_refused_writes_nothing),
		TEST(test_a_start_without_room_on_the_disk),
		TEST(test_without_a_journal_what_is_older_is_unknown),
		TEST(test_without_a_directory_only_reading_goes_on),
		TEST(test_without_the_component_s_time),
		TEST(test_what_comes_back_with_the_directory_is_known),
		TEST(test_two_devices_do_not_share_a_directory),
		TEST(test_a_file_that_cannot_be_written_refuses_and_is_written_again),
		TEST(test_an_outcome_waits_for_the_disk),
		TEST(test_it_is_bounded),
		TEST(test_a_torn_end_is_cut),
		TEST(test_behind_a_damaged_row_nothing_older_is_executed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
