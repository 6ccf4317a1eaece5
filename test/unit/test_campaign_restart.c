// link: test/unit/campaign_fixture.o test/unit/component_fixture.o
/* Campaigns through restarts and crashes: nobody is asked twice, nobody is forgotten. What a
 * crash has kept from the disk is cut out of the files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/clock.h"
#include "common/file.h"
#include "common/mem.h"
#include "component/campaign_table.h"
#include "component/seal.h"
#include "test/unit/campaign_fixture.h"

#define HOUR INT64_C(3600000)

static char directory[64];

static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof directory, "/tmp/platen.XXXXXX");
	if (mkdtemp(directory) == NULL)
		return -1;
	fixture_directory = directory;
	fixture_began = 0;
	fixture_start();
	fixture_online(true);
	return 0;
}

static int teardown(void **state)
{
	char *command = mem_printf("rm -rf %s", directory);
	int rc;

	(void)state;
	fixture_stop();
	fixture_directory = NULL;
	fixture_began = 0;
	rc = system(command);
	free(command);
	return rc;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* The next life begins at the same time. */
static void stop(void)
{
	fixture_began = clock_wall_ms();
	fixture_stop();
}

static void start(void)
{
	fixture_start();
	fixture_online(true);
}

static char *path_of(const char *table)
{
	return mem_printf("%s/data/%s.tsv", directory, table);
}

/* The last rows of a table are not there. */
static void cut(const char *table, unsigned rows)
{
	char *path = path_of(table), *text, *end;
	size_t len;

	assert_int_equal(file_read(path, 1u << 20, &text, &len), 0);
	end = text + len;
	for (; rows > 0; rows--) {
		for (end--; end > text && end[-1] != '\n'; end--)
			;
	}
	assert_int_equal(truncate(path, end - text), 0);
	free(path);
	free(text);
}

static void cut_members(const char *id, unsigned rows)
{
	char *table = mem_printf(CAMPAIGN_FOLDER "/%s", id);

	cut(table, rows);
	free(table);
}

static void it_goes_on_after_a_restart(void **state)
{
	const char *id;

	(void)state;
	campaign_devices(5);
	id = campaign_started("growth='2' rate-max='100'", ACME);
	campaign_answers(1, DONE);
	campaign_answers(1, FAILS);
	fixture_pass(1000);                        /* the third is under way */
	stop();
	start();
	campaign_counts("waiting=2 open=1 responded=1 failed=1");
	assert_string_equal(campaign_one()->id, id);
	fixture_pass(100);
	fixture_pass(1000);
	campaign_counts("open=3 responded=1 failed=1");
	stop();
	start();
	campaign_counts("open=3 responded=1 failed=1");
}

static void it_stays_as_it_was_ordered(void **state)
{
	const char *id;

	(void)state;
	campaign_devices(3);
	id = campaign_started("", ACME);
	campaign_answers(1, DONE);
	campaign_act("alice", id, "pause");
	stop();
	start();
	fixture_pass(60000);
	campaign_counts("waiting=2 responded=1");
	assert_int_equal(campaign_one()->status, CAMPAIGN_PAUSED);
	campaign_act("alice", id, "cancel");
	stop();
	start();
	fixture_pass(10);
	fixture_pass(10);
	campaign_counts("responded=1 cancelled=2");
	assert_int_equal(campaign_one()->status, CAMPAIGN_CANCELLED);
}

static void its_rate_is_the_one_that_it_had(void **state)
{
	(void)state;
	campaign_devices(9);
	campaign_started("rate='6' growth='2'", ACME);
	fixture_pass(10);
	campaign_answer(DONE);
	fixture_pass(60000);
	assert_int_equal(campaign_one()->rollout.rate, 12000);
	stop();
	start();
	assert_int_equal(campaign_one()->rollout.rate, 12000);
}

static void a_member_without_its_request_is_asked(void **state)
{
	(void)state;
	campaign_devices(2);
	campaign_started("", ACME);
	fixture_pass(10);
	campaign_counts("waiting=1 open=1");
	stop();
	cut("requests/2026-01-02", 2);             /* accepted and transmitted */
	start();
	campaign_counts("waiting=2");
	fixture_pass(100);
	fixture_pass(1000);
	campaign_counts("open=2");
	assert_int_equal(HASH_COUNT(fixture.requests.by_id), 2);
}

static void a_request_without_its_member_is_not_made_again(void **state)
{
	const char *id;

	(void)state;
	campaign_devices(2);
	id = campaign_started("", ACME);
	fixture_pass(10);
	campaign_counts("waiting=1 open=1");
	stop();
	cut_members(id, 1);
	start();
	campaign_counts("waiting=1 open=1");
	fixture_pass(100);
	fixture_pass(1000);
	campaign_counts("open=2");
	assert_int_equal(HASH_COUNT(fixture.requests.by_id), 2);
	assert_int_equal(campaign_one()->members[0].attempts, 1);
}

static void an_end_that_the_member_does_not_know_is_found(void **state)
{
	const char *id;

	(void)state;
	campaign_devices(3);
	id = campaign_started("", ACME);
	campaign_answers(2, DONE);
	campaign_counts("waiting=1 responded=2");
	stop();
	cut_members(id, 1);
	start();
	campaign_counts("waiting=1 responded=2");
}

static void pass(int64_t ms)
{
	fixture_pass(ms);
	fixture_pass(SEAL_INTERVAL_MS);
	fixture_online(true);
}

static void it_is_found_in_a_sealed_day_too(void **state)
{
	const char *id;
	char *path, *text;
	size_t len;

	(void)state;
	campaign_devices(3);
	id = campaign_started("", ACME);
	campaign_answers(1, DONE);
	campaign_answers(1, FAILS);
	campaign_act("alice", id, "pause");
	pass(24 * HOUR);
	path = path_of("requests/2026-01-02");
	assert_int_equal(file_read(path, 1u << 20, &text, &len), 0);
	assert_non_null(strstr(text, "merged/"));
	free(path), free(text);
	stop();
	cut_members(id, 1);
	start();
	campaign_counts("waiting=1 responded=1 failed=1");
	campaign_show("alice", id, "");
	assert_int_equal(fixture_count("<error condition='busy'>no"), 1);
	assert_int_equal(campaign_one()->status, CAMPAIGN_PAUSED);
}

static void what_was_lost_with_its_day_is_unknown_and_not_asked_again(void **state)
{
	(void)state;
	campaign_devices(2);
	campaign_started("", ACME);
	fixture_pass(10);
	fixture_pass(1000);
	stop();
	/* The first of the rows of the first request is damaged; others are not. */
	{
		char *path = path_of("requests/2026-01-02"), *text, *line;
		size_t len;

		assert_int_equal(file_read(path, 1u << 20, &text, &len), 0);
		line = strchr(text, '\n') + 1;
		line[strcspn(line, "\n") - 1] ^= 1;
		assert_int_equal(file_replace(path, text, len, 0600), 0);
		free(path), free(text);
	}
	start();
	campaign_counts("open=1 unknown=1");
}

static void a_list_that_is_not_whole_was_never_begun(void **state)
{
	const char *id;

	(void)state;
	campaign_devices(3);
	id = campaign_started("", ACME);
	stop();
	cut_members(id, 1);
	start();
	for (unsigned i = 0; i < 4; i++)
		fixture_pass(100);
	campaign_counts("cancelled=2");
	assert_int_equal(campaign_one()->status, CAMPAIGN_CANCELLED);
	assert_int_equal(fixture_count("<operation "), 0);
}

/* Its members' table is one sorted file, and its day is sealed. */
static void what_is_over_is_on_disk_only_and_can_be_tried_again(void **state)
{
	const char *id;

	(void)state;
	campaign_devices(3);
	id = campaign_started("", ACME);
	campaign_answers(2, DONE);
	campaign_answers(1, FAILS);
	fixture_pass(0);
	for (unsigned i = 0; i < 3; i++)
		pass(24 * HOUR);
	assert_int_equal(HASH_COUNT(fixture.campaigns.by_id), 0);
	stop();
	start();
	assert_int_equal(HASH_COUNT(fixture.campaigns.by_id), 0);
	campaign_show("alice", id, "");
	assert_int_equal(fixture_count("status='finished'"), 1);
	assert_int_equal(fixture_count("status='failed'"), 1);
	campaign_act("alice", id, "retry");
	assert_int_equal(fixture_count("status='running'"), 1);
	campaign_counts("waiting=1 responded=2");
	campaign_devices(3);
	fixture_pass(10);
	campaign_answer(DONE);
	fixture_pass(0);
	campaign_counts("responded=3");
	stop();
	start();
	campaign_counts("responded=3");
	assert_int_equal(campaign_one()->status, CAMPAIGN_FINISHED);
}

static void it_is_removed_with_its_day(void **state)
{
	const char *id;
	char *path;

	(void)state;
	campaign_devices(1);
	id = campaign_started("", ACME);
	campaign_answers(1, DONE);
	fixture_pass(0);
	path = mem_printf("%s/data/" CAMPAIGN_FOLDER "/%s.tsv", directory, id);
	fixture.config.keep_requests = 3;
	for (unsigned i = 0; i < 3; i++)
		pass(24 * HOUR);
	assert_int_equal(access(path, F_OK), 0);
	for (unsigned i = 0; i < 3; i++)
		pass(24 * HOUR);
	assert_int_equal(access(path, F_OK), -1);
	free(path);
	campaign_show("alice", id, "");
	assert_int_equal(fixture_count("<unknown-campaign "), 1);
}

static void nothing_starts_while_the_disk_has_no_room(void **state)
{
	const char *id;

	(void)state;
	campaign_devices(2);
	id = campaign_started("", ACME);
	stop();
	fixture_reserve = INT64_C(1) << 60;
	start();
	fixture_reserve = 0;
	for (unsigned i = 0; i < 20; i++)
		fixture_pass(100);
	campaign_counts("waiting=2");
	campaign_order("command='get-supplies'", ACME);
	assert_int_equal(fixture_count("<limit xmlns='urn:platen:operation:1' name='disk'/>"), 1);
	campaign_act("alice", id, "cancel");
	assert_int_equal(fixture_count("<limit xmlns='urn:platen:operation:1' name='disk'/>"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_goes_on_after_a_restart),
		TEST(it_stays_as_it_was_ordered),
		TEST(its_rate_is_the_one_that_it_had),
		TEST(a_member_without_its_request_is_asked),
		TEST(a_request_without_its_member_is_not_made_again),
		TEST(an_end_that_the_member_does_not_know_is_found),
		TEST(it_is_found_in_a_sealed_day_too),
		TEST(what_was_lost_with_its_day_is_unknown_and_not_asked_again),
		TEST(a_list_that_is_not_whole_was_never_begun),
		TEST(what_is_over_is_on_disk_only_and_can_be_tried_again),
		TEST(it_is_removed_with_its_day),
		TEST(nothing_starts_while_the_disk_has_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
