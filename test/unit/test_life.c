// link: component/arrow.o component/life.o component/record.o component/request.o component/columns.o component/deadline.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/clock.h"
#include "common/mem.h"
#include "component/life.h"

#define ID "019b7e94-3200-7000-8000-000000000001"
#define WALL INT64_C(1767355200000)      /* 2026-01-02T12:00:00Z */
#define ROWS 64

static struct requests table;
static struct life life;
static char *rows[ROWS][REQ_COLUMNS];
static unsigned n_rows, n_lazy, n_ended;
static int64_t mono, wall;

static uint64_t append(void *arg, const char *const *row)
{
	assert_ptr_equal(arg, &table);
	assert_in_range(n_rows, 0, ROWS - 1);
	for (unsigned i = 0; i < REQ_COLUMNS; i++)
		rows[n_rows][i] = mem_strdup(row[i]);
	return ++n_rows;
}

static void append_lazy(void *arg, const char *const *row)
{
	append(arg, row);
	n_lazy++;
}

static void ended(void *arg, struct request *r, uint64_t ticket)
{
	assert_ptr_equal(arg, &table);
	assert_false(request_is_open(r));
	assert_int_equal(ticket, n_rows);
	n_ended++;
}

static void pass(int64_t ms)
{
	mono += ms;
	wall += ms;
	clock_set(mono, wall);
}

static int setup(void **state)
{
	(void)state;
	life = (struct life){ &table, append, append_lazy, ended, &table };
	n_rows = n_lazy = n_ended = 0;
	mono = 5000;
	wall = WALL;
	pass(0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (unsigned i = 0; i < n_rows; i++) {
		for (unsigned k = 0; k < REQ_COLUMNS; k++)
			free(rows[i][k]);
	}
	requests_free(&table);
	clock_set(-1, -1);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static struct request *accept_one(void)
{
	return life_accept(&life, &(struct life_new){
		.id = ID, .device = "mfp-1@example.com", .command = "print",
		.operator_ = "alice@example.com", .asked_by = "alice@example.com/cli", .unit = "acme",
		.token = "tab\there", .arguments = "<argument name='a'>b</argument>", .timeout_s = 30,
		.max_attempts = 3, .expires_s = 300 });
}

static void assert_column(const struct request *r, enum request_column column, const char *value)
{
	if (value == NULL)
		assert_null(r->columns[column]);
	else
		assert_string_equal(r->columns[column] == NULL ? "" : r->columns[column], value);
}

static void assert_is(const struct request *r, enum request_status status, const char *cause)
{
	assert_int_equal(r->status, status);
	assert_column(r, REQ_STATUS, request_status_name(status));
	assert_column(r, REQ_CAUSE, cause);
}

/* What a start would make of the rows is what the life has made. */
static void assert_replays(const struct request *live)
{
	struct requests other = { 0 };
	struct request *r = NULL;

	for (unsigned i = 0; i < n_rows; i++)
		r = request_apply(&other, (const char *const *)rows[i]);
	assert_non_null(r);
	assert_int_equal(HASH_COUNT(other.by_id), 1);
	assert_string_equal(r->id, live->id);
	assert_int_equal(r->status, live->status);
	for (unsigned i = 0; i < REQ_COLUMNS; i++)
		assert_column(r, (enum request_column)i, live->columns[i]);
	assert_int_equal(r->created, live->created);
	assert_int_equal(r->expires, live->expires);
	assert_int_equal(r->transmission, live->transmission);
	assert_int_equal(r->attempts, live->attempts);
	assert_int_equal(r->max_attempts, live->max_attempts);
	assert_int_equal(r->timeout_s, live->timeout_s);
	requests_free(&other);
}

static bool answer(struct request *r, enum request_status status)
{
	bool is_done = status == RESPONDED;

	return life_answer(&life, r, &(struct life_outcome){
		.status = status, .condition = is_done ? NULL : "busy",
		.text = is_done ? NULL : "it prints",
		.outcome = is_done ? "<outcome status='done'/>" : NULL });
}

static void what_is_accepted_is_queued(void **state)
{
	struct request *r = accept_one();

	(void)state;
	assert_is(r, QUEUED, "submitted");
	assert_true(request_is_open(r));
	assert_ptr_equal(request_find(&table, ID), r);
	assert_int_equal(r->ticket, 1);
	assert_int_equal(r->created, WALL);
	assert_int_equal(r->expires, WALL + 300000);
	assert_column(r, REQ_EXPIRES, "2026-01-02T12:05:00.000Z");
	assert_column(r, REQ_TOKEN, "tab\there");
	assert_column(r, REQ_VIA, NULL);
	assert_int_equal(n_rows, 1);
	assert_replays(r);
}

static void an_answer_ends_it_with_its_time(void **state)
{
	struct request *r = accept_one();

	(void)state;
	pass(1000);
	life_transmit(&life, r);
	assert_is(r, TRANSMITTED, "sent");
	assert_column(r, REQ_TRANSMITTED, "2026-01-02T12:00:01.000Z");
	assert_int_equal(r->transmission, 1);
	assert_int_equal(r->attempts, 1);
	pass(41);
	assert_true(answer(r, RESPONDED));
	assert_is(r, RESPONDED, "outcome");
	assert_column(r, REQ_RESPONSE_MS, "41");
	assert_column(r, REQ_RESPONDED, "2026-01-02T12:00:01.041Z");
	assert_column(r, REQ_ENDED, "2026-01-02T12:00:01.041Z");
	assert_column(r, REQ_OUTCOME, "<outcome status='done'/>");
	assert_column(r, REQ_ERROR, NULL);
	assert_column(r, REQ_LATE, NULL);
	assert_int_equal(n_ended, 1);
	assert_replays(r);
}

static void only_a_transmission_need_not_be_on_disk(void **state)
{
	struct request *r = accept_one();

	(void)state;
	assert_int_equal(n_lazy, 0);
	life_transmit(&life, r);
	assert_int_equal(n_lazy, 1);
	assert_true(life_bounce(&life, r));
	assert_int_equal(n_lazy, 1);
	life_transmit(&life, r);
	assert_true(life_silent(&life, r));
	life_transmit(&life, r);
	assert_int_equal(n_lazy, 3);
	assert_true(answer(r, RESPONDED));
	assert_int_equal(n_lazy, 3);
}

static void each_outcome_has_its_end(void **state)
{
	static const enum request_status ends[] = { RESPONDED, FAILED, REFUSED, UNKNOWN, EXPIRED };

	(void)state;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		struct request *r = accept_one();

		life_transmit(&life, r);
		assert_true(answer(r, ends[i]));
		assert_is(r, ends[i], "outcome");
		assert_column(r, REQ_ERROR, ends[i] == RESPONDED ? NULL : "busy it prints");
		assert_int_equal(request_is_final(r), ends[i] <= REFUSED);
		assert_replays(r);
		teardown(NULL);
		setup(NULL);
	}
}

static void a_silent_device_is_tried_again_then_given_up(void **state)
{
	struct request *r = accept_one();

	(void)state;
	for (int i = 1; i <= 3; i++) {
		life_transmit(&life, r);
		assert_is(r, TRANSMITTED, i == 1 ? "sent" : "retry");
		assert_int_equal(r->transmission, i);
		pass(30000);
		assert_int_equal(life_silent(&life, r), i < 3);
	}
	assert_is(r, NO_RESPONSE, "no-answer");
	assert_column(r, REQ_ATTEMPTS, "3");
	assert_int_equal(n_ended, 1);
	assert_replays(r);
}

static void nothing_is_tried_again_after_it_expires(void **state)
{
	struct request *r = accept_one();

	(void)state;
	life_transmit(&life, r);
	pass(300000);
	assert_false(life_silent(&life, r));
	assert_is(r, NO_RESPONSE, "no-answer");
	assert_replays(r);
}

static void what_was_not_delivered_uses_no_attempt(void **state)
{
	struct request *r = accept_one();

	(void)state;
	life_transmit(&life, r);
	life_requeue(&life, r, "offline");
	assert_is(r, QUEUED, "offline");
	assert_int_equal(r->attempts, 0);
	assert_int_equal(r->transmission, 1);
	assert_int_equal(r->sent, 0);
	life_transmit(&life, r);
	assert_is(r, TRANSMITTED, "sent");
	assert_int_equal(r->attempts, 1);
	assert_int_equal(r->transmission, 2);
	assert_replays(r);
}

static void the_tenth_bounce_in_a_row_ends_it(void **state)
{
	struct request *r = accept_one();

	(void)state;
	for (int i = 1; i <= LIFE_BOUNCES; i++) {
		life_transmit(&life, r);
		assert_int_equal(life_bounce(&life, r), i < LIFE_BOUNCES);
		assert_int_equal(r->attempts, 0);
		if (i < LIFE_BOUNCES)
			assert_is(r, QUEUED, "bounced");
	}
	assert_is(r, NO_RESPONSE, "unreachable");
	assert_int_equal(r->transmission, LIFE_BOUNCES);
	assert_int_equal(n_ended, 1);
	assert_replays(r);
}

static void silence_between_bounces_begins_the_row_anew(void **state)
{
	struct request *r = accept_one();

	(void)state;
	for (int i = 1; i < LIFE_BOUNCES; i++) {
		life_transmit(&life, r);
		assert_true(life_bounce(&life, r));
	}
	life_transmit(&life, r);
	assert_true(life_silent(&life, r));
	assert_true(life_bounce(&life, r));
	assert_is(r, QUEUED, "bounced");
}

static void what_expires_says_whether_it_was_sent(void **state)
{
	struct request *r = accept_one();

	(void)state;
	pass(300000);
	life_expire(&life, r);
	assert_is(r, EXPIRED, "expired");
	assert_column(r, REQ_ERROR, "expired the device was not there in time");
	assert_replays(r);
	teardown(NULL);
	setup(NULL);
	r = accept_one();
	life_transmit(&life, r);
	life_requeue(&life, r, "offline");
	life_expire(&life, r);
	assert_column(r, REQ_ERROR, "expired it was sent, and may have arrived");
	assert_replays(r);
}

static void what_is_open_can_be_cancelled(void **state)
{
	(void)state;
	for (int sent = 0; sent < 2; sent++) {
		struct request *r = accept_one();

		if (sent)
			life_transmit(&life, r);
		life_cancel(&life, r, "decommissioned", "decommissioned it is gone");
		assert_is(r, CANCELLED, "decommissioned");
		assert_column(r, REQ_ERROR, "decommissioned it is gone");
		assert_column(r, REQ_ENDED, "2026-01-02T12:00:00.000Z");
		assert_int_equal(r->attempts, sent);
		assert_int_equal(n_ended, 1);
		assert_replays(r);
		teardown(NULL);
		setup(NULL);
	}
}

/* Ends a request in each provisional way. */
static struct request *end_so(enum request_status status)
{
	struct request *r = accept_one();

	life_transmit(&life, r);
	if (status == EXPIRED) {
		life_requeue(&life, r, "offline");
		life_expire(&life, r);
	} else if (status == CANCELLED) {
		life_cancel(&life, r, "decommissioned", "decommissioned it is gone");
	} else if (status == NO_RESPONSE) {
		pass(300000);
		assert_false(life_silent(&life, r));
	} else {
		assert_true(answer(r, status));
	}
	assert_int_equal(r->status, status);
	return r;
}

static void a_real_outcome_replaces_a_provisional_end_once(void **state)
{
	static const enum request_status firsts[] = { EXPIRED, NO_RESPONSE, UNKNOWN, CANCELLED };
	static const enum request_status lates[] = { RESPONDED, FAILED, REFUSED };

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		struct request *r = end_so(firsts[i % 4]);
		unsigned had;

		pass(7000);
		assert_true(answer(r, lates[i / 4]));
		assert_is(r, lates[i / 4], "outcome");
		assert_column(r, REQ_LATE, "true");
		assert_column(r, REQ_ERROR, lates[i / 4] == RESPONDED ? NULL : "busy it prints");
		assert_int_equal(n_ended, 2);
		had = n_rows;
		assert_false(answer(r, FAILED));
		assert_false(answer(r, RESPONDED));
		assert_int_equal(n_rows, had);
		assert_int_equal(n_ended, 2);
		assert_replays(r);
		teardown(NULL);
		setup(NULL);
	}
}

static void a_second_provisional_end_changes_nothing(void **state)
{
	struct request *r = end_so(NO_RESPONSE);
	unsigned had = n_rows;

	(void)state;
	assert_false(answer(r, UNKNOWN));
	assert_false(answer(r, EXPIRED));
	assert_is(r, NO_RESPONSE, "no-answer");
	assert_int_equal(n_rows, had);
	assert_replays(r);
}

static void a_final_end_stays(void **state)
{
	static const enum request_status ends[] = { RESPONDED, FAILED, REFUSED };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct request *r = accept_one();
		unsigned had;

		life_transmit(&life, r);
		assert_true(answer(r, ends[i]));
		had = n_rows;
		assert_false(answer(r, RESPONDED));
		assert_false(answer(r, FAILED));
		assert_is(r, ends[i], "outcome");
		assert_int_equal(n_rows, had);
		assert_int_equal(n_ended, 1);
		teardown(NULL);
		setup(NULL);
	}
}

/* An outcome of an earlier transmission counts while it waits for the next one. */
static void a_waiting_one_takes_an_outcome(void **state)
{
	struct request *r = accept_one();

	(void)state;
	life_transmit(&life, r);
	life_requeue(&life, r, "component-away");
	assert_true(answer(r, RESPONDED));
	assert_is(r, RESPONDED, "outcome");
	assert_column(r, REQ_RESPONSE_MS, NULL);
	assert_column(r, REQ_LATE, NULL);
	assert_replays(r);
}

/* Numbers never repeat, whatever of the rows was lost with the machine. */
static void after_a_restart_numbers_go_on_higher(void **state)
{
	struct request *r = accept_one();

	(void)state;
	life_transmit(&life, r);
	life_resume(&life, r);
	assert_is(r, QUEUED, "restart");
	assert_int_equal(r->transmission, 1 + LIFE_TRANSMISSION_GAP);
	assert_int_equal(r->attempts, 0);
	assert_int_equal(r->ticket, n_rows);
	life_transmit(&life, r);
	assert_int_equal(r->transmission, 2 + LIFE_TRANSMISSION_GAP);
	assert_replays(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_accepted_is_queued),
		TEST(an_answer_ends_it_with_its_time),
		TEST(only_a_transmission_need_not_be_on_disk),
		TEST(each_outcome_has_its_end),
		TEST(a_silent_device_is_tried_again_then_given_up),
		TEST(nothing_is_tried_again_after_it_expires),
		TEST(what_was_not_delivered_uses_no_attempt),
		TEST(the_tenth_bounce_in_a_row_ends_it),
		TEST(silence_between_bounces_begins_the_row_anew),
		TEST(what_expires_says_whether_it_was_sent),
		TEST(what_is_open_can_be_cancelled),
		TEST(a_real_outcome_replaces_a_provisional_end_once),
		TEST(a_second_provisional_end_changes_nothing),
		TEST(a_final_end_stays),
		TEST(a_waiting_one_takes_an_outcome),
		TEST(after_a_restart_numbers_go_on_higher),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
