// link: test/unit/component_fixture.o
/* Days that are over: sealed, read, followed by what comes late, and removed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/file.h"
#include "common/mem.h"
#include "component/audit.h"
#include "component/days.h"
#include "component/seal.h"
#include "test/unit/component_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define HOUR INT64_C(3600000)
#define DONE "<outcome xmlns='urn:platen:operation:1' status='done'>" \
             "<counters xmlns='urn:platen:mfp:1' source='snmp' taken='2026-01-02T12:00:00Z'/>" \
             "</outcome>"
#define WITH_TOKEN "<iq type='set' id='t1' " FROM_ALICE "><request " \
                   "xmlns='urn:platen:operation:1' device='mfp-1@example.com' " \
                   "command='get-supplies' token='once'/></iq>"

static char *path_of(const char *file)
{
	return mem_printf("%s/%s", fixture.config.data_directory, file);
}

static bool is_there(const char *file)
{
	char *path = path_of(file);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

/* Sealed, and up to which segment; -1: not. */
static int sealed(const char *name)
{
	const struct table_schema *schema = *name == 'r' ? &request_schema : &audit_schema;
	char *base = path_of(name);
	unsigned last, *numbers;
	int n = table_merged(base, schema, &last, NULL);

	if (n == 1) {
		n = table_live_segments(base, schema, &numbers);
		free(numbers);
	}
	free(base);
	return n == 1 ? (int)last : -1;
}

/* Until it has looked again. The link may have been given up meanwhile. */
static void pass(int64_t ms)
{
	fixture_pass(ms);
	fixture_pass(SEAL_INTERVAL_MS);
	fixture_online(true);
}

static void submit_and_end(void)
{
	fixture_say(ARRIVE_A SUBMIT);
	fixture_answer("result", FROM_A, DONE);
	assert_int_equal(HASH_COUNT(fixture.requests.by_id), 0);
}

/* The newest request's id, from its newest stanza's. */
static const char *newest(void)
{
	static char id[UUID7_STRING];

	snprintf(id, sizeof id, "%.36s", fixture_operation());
	return id;
}

static void ask_for(const char *id)
{
	char *text = mem_printf("<iq type='get' id='q' " FROM_ALICE "><requests "
	                        "xmlns='urn:platen:operation:1' id='%s'/></iq>", id);

	fixture_forget();
	fixture_say(text);
	free(text);
}

static void a_day_that_is_over_is_sealed(void **state)
{
	(void)state;
	submit_and_end();
	pass(11 * HOUR);
	assert_int_equal(sealed("requests/2026-01-02"), -1);
	pass(HOUR);
	assert_int_equal(sealed("requests/2026-01-02"), 0);
	assert_int_equal(sealed("audit/2026-01-02"), 0);
	assert_int_equal(fixture.stats.days_sealed, 2);
	ask_for(newest());
	assert_int_equal(fixture_count(" status='responded'"), 1);
	assert_int_equal(fixture_count("<counters "), 1);
	fixture_restart();
	fixture_online(true);
	ask_for(newest());
	assert_int_equal(fixture_count(" status='responded'"), 1);
}

static void an_open_request_keeps_its_day_open(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A "<presence type='unavailable' " FROM_A "/>"
	            "<iq type='set' id='s1' " FROM_ALICE "><request xmlns='urn:platen:operation:1' "
	            "device='mfp-1@example.com' command='get-supplies' expires='172800'/></iq>");
	assert_int_equal(fixture.requests.n[QUEUED], 1);
	pass(36 * HOUR);
	assert_int_equal(fixture.requests.n[QUEUED], 1);
	assert_int_equal(sealed("requests/2026-01-02"), -1);
	fixture_restart();
	pass(0);
	assert_int_equal(fixture.requests.n[QUEUED], 1);
	assert_int_equal(sealed("requests/2026-01-02"), -1);
	assert_true(sealed("audit/2026-01-02") >= 0);
	/* It expires, and for a day a real outcome may still come. */
	pass(13 * HOUR);
	assert_int_equal(fixture.requests.n[EXPIRED], 1);
	pass(23 * HOUR);
	assert_int_equal(sealed("requests/2026-01-02"), -1);
	pass(HOUR);
	assert_int_equal(fixture.requests.n[EXPIRED], 0);
	assert_true(sealed("requests/2026-01-02") >= 0);
}

static void a_late_outcome_is_in_the_sealed_day(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	for (int i = 0; i < 3; i++)
		fixture_pass(31000);
	assert_int_equal(fixture.requests.n[NO_RESPONSE], 1);
	pass(13 * HOUR);
	assert_int_equal(sealed("requests/2026-01-02"), -1);
	fixture_answer("result", FROM_A, DONE);
	assert_int_equal(HASH_COUNT(fixture.requests.by_id), 0);
	pass(0);
	assert_int_equal(sealed("requests/2026-01-02"), 0);
	ask_for(newest());
	assert_int_equal(fixture_count(" status='responded'"), 1);
	assert_int_equal(fixture_count(" late='true'"), 1);
}

/* What the first row of a request has besides. */
static void put_rest(struct record *rec, const char *device)
{
	record_text(rec, REQ_DEVICE, device);
	record_text(rec, REQ_UNIT, "acme");
	record_text(rec, REQ_COMMAND, "get-status");
	record_text(rec, REQ_OPERATOR, "alice@example.com");
	record_text(rec, REQ_ASKED_BY, "alice@example.com/cli");
	record_time(rec, REQ_CREATED, FIXTURE_WALL);
	record_time(rec, REQ_EXPIRES, FIXTURE_WALL + 48 * HOUR);
	record_int(rec, REQ_TIMEOUT, 30);
	record_int(rec, REQ_MAX_ATTEMPTS, 3);
}

/* A row behind the sealed part, as it may be when a clock goes back. */
static void put_row(const char *file, const char *id, const char *status, const char *device)
{
	struct record rec = { 0 };
	size_t len;
	char *header = table_header(&request_schema, &len), *row, *text, *path = path_of(file);

	record_text(&rec, REQ_ID, id);
	record_text(&rec, REQ_STATUS, status);
	if (device != NULL)
		put_rest(&rec, device);
	row = table_row(&request_schema, rec.values, &len);
	text = mem_printf("%s%s", header, row);
	assert_int_equal(file_replace(path, text, strlen(text), 0600), 0);
	free(header);
	free(row);
	free(text);
	free(path);
}

static void what_follows_a_sealed_day_is_merged_again(void **state)
{
	char id[UUID7_STRING];

	(void)state;
	submit_and_end();
	memcpy(id, newest(), sizeof id);
	pass(13 * HOUR);
	assert_int_equal(sealed("requests/2026-01-02"), 0);
	put_row("requests/2026-01-02.1.tsv", id, "failed", NULL);
	ask_for(id);
	assert_int_equal(fixture_count(" status='failed'"), 1);
	assert_int_equal(fixture_count("<counters "), 1);
	fixture_restart();
	pass(0);
	assert_int_equal(HASH_COUNT(fixture.requests.by_id), 0);
	assert_int_equal(sealed("requests/2026-01-02"), 1);
	ask_for(id);
	assert_int_equal(fixture_count(" status='failed'"), 1);
	assert_int_equal(fixture_count("<counters "), 1);
}

/* A whole request behind the sealed part is as live as any. */
static void a_request_behind_a_sealed_part_goes_on(void **state)
{
	static const char id[] = "019b7e55-0000-7000-8000-000000000001";

	(void)state;
	submit_and_end();
	pass(13 * HOUR);
	put_row("requests/2026-01-02.1.tsv", id, "queued", "mfp-1@example.com");
	fixture_restart();
	assert_non_null(request_find(&fixture.requests, id));
	pass(0);
	assert_int_equal(sealed("requests/2026-01-02"), -1);
}

static void a_token_counts_for_a_day_though_its_day_is_sealed(void **state)
{
	char id[UUID7_STRING];

	(void)state;
	fixture_say(ARRIVE_A WITH_TOKEN);
	fixture_answer("result", FROM_A, DONE);
	memcpy(id, newest(), sizeof id);
	pass(13 * HOUR);
	assert_int_equal(sealed("requests/2026-01-02"), 0);
	fixture_restart();
	fixture_online(true);
	fixture_forget();
	fixture_say(WITH_TOKEN);
	assert_int_equal(fixture_count(id), 1);
	assert_int_equal(fixture_count(" status='responded'"), 1);
	pass(11 * HOUR);
	fixture_restart();
	fixture_online(true);
	fixture_forget();
	fixture_say(WITH_TOKEN);
	assert_int_equal(fixture_count(id), 0);
	assert_int_equal(fixture_count(" status='queued'"), 1);
}

static void a_provisional_end_is_not_kept_longer_by_restarts(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	for (int i = 0; i < 3; i++)
		fixture_pass(31000);
	assert_int_equal(fixture.n_provisional, 1);
	for (int i = 0; i < 3; i++) {
		fixture_pass(7 * HOUR);
		fixture_restart();
		assert_int_equal(fixture.n_provisional, 1);
	}
	fixture_pass(3 * HOUR);
	assert_int_equal(fixture.n_provisional, 0);
}

static void days_are_kept_as_long_as_configured(void **state)
{
	(void)state;
	fixture.config.keep_requests = 2;
	fixture.config.keep_audit = 3;
	submit_and_end();
	pass(60 * HOUR - SEAL_INTERVAL_MS - 1000);
	assert_true(is_there("requests/2026-01-02.tsv"));
	pass(SEAL_INTERVAL_MS);
	assert_false(is_there("requests/2026-01-02.tsv"));
	assert_true(is_there("audit/2026-01-02.tsv"));
	pass(24 * HOUR);
	assert_false(is_there("audit/2026-01-02.tsv"));
	ask_for(newest());
	assert_int_equal(fixture_count("<request "), 0);
	assert_int_equal(fixture_count(" type='result'"), 1);
}

/* Merged segments and damaged lines go with their day, and no other day's do. */
static void a_day_goes_with_all_of_its_files(void **state)
{
	static const char *const names[] = { "requests/2026-01-02.tsv.damaged",
		"requests/2026-01-02.7.tsv.damaged", "requests/2026-01-02-x.tsv", "requests/notes" };
	char *path;

	(void)state;
	fixture.config.keep_requests = 2;
	submit_and_end();
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		path = path_of(names[i]);
		assert_int_equal(file_replace(path, "x", 1, 0600), 0);
		free(path);
	}
	pass(61 * HOUR);
	pass(0);
	assert_false(is_there(names[0]));
	assert_false(is_there(names[1]));
	assert_true(is_there(names[2]));
	assert_true(is_there(names[3]));
}

static void what_a_crash_left_is_removed(void **state)
{
	char *path;

	(void)state;
	submit_and_end();
	path = path_of("requests/2025-12-30.tsv.new");
	assert_int_equal(file_replace(path, "half a", 6, 0600), 0);
	fixture_restart();
	assert_true(is_there("requests/2025-12-30.tsv.new"));
	pass(0);
	assert_false(is_there("requests/2025-12-30.tsv.new"));
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_day_that_is_over_is_sealed),
		TEST(an_open_request_keeps_its_day_open),
		TEST(a_late_outcome_is_in_the_sealed_day),
		TEST(what_follows_a_sealed_day_is_merged_again),
		TEST(a_request_behind_a_sealed_part_goes_on),
		TEST(a_token_counts_for_a_day_though_its_day_is_sealed),
		TEST(a_provisional_end_is_not_kept_longer_by_restarts),
		TEST(days_are_kept_as_long_as_configured),
		TEST(a_day_goes_with_all_of_its_files),
		TEST(what_a_crash_left_is_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
